// Ways to a STUN and TURN server: UDP, TCP, TLS and DTLS.
import { spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect as connectTcp } from "node:net";
import type { Duplex, Readable, Writable } from "node:stream";
import { connect as connectTls } from "node:tls";
import { type Address, lengthOf } from "./stun-message.ts";

export interface Transport {
  send(message: Buffer): void;
  /** Is told each message. */
  receive: (message: Buffer) => void;
  close(): void;
}

export const transports = { udp: overUdp, tcp: overTcp, tls: overTls, dtls: overDtls } as const;
export type TransportName = keyof typeof transports;

export interface Place extends Address {
  /** The name that its certificate has to be for. */
  readonly name: string;
  /** File with the authority's certificate. */
  readonly ca: string;
}

async function overUdp({ address, port }: Place): Promise<Transport> {
  const socket = createSocket({ type: address.includes(":") ? "udp6" : "udp4", recvBufferSize: 2 ** 20 });
  socket.connect(port, address);
  await once(socket, "connect");
  const transport: Transport = { send: (message) => socket.send(message), receive: () => undefined, close: () => socket.close() };
  socket.on("message", (message) => transport.receive(message));
  socket.on("error", () => undefined); // nobody listens there: what is sent gets no answer
  return transport;
}

async function overTcp({ address, port }: Place): Promise<Transport> {
  const socket = connectTcp(port, address);
  await once(socket, "connect");
  return overStream(socket);
}

async function overTls({ address, port, name, ca }: Place): Promise<Transport> {
  const { readFileSync } = await import("node:fs");
  const socket = connectTls({ host: address, port, servername: name, ca: readFileSync(ca) });
  await once(socket, "secureConnect");
  return overStream(socket);
}

/** By OpenSSL's own client, which makes a record of each message that it is given, for Node has no DTLS. */
async function overDtls({ address, port, name, ca }: Place): Promise<Transport> {
  const args = ["s_client", "-dtls1_2", "-connect", `${address}:${port}`, "-servername", name, "-CAfile", ca, "-verify_return_error", "-verify_hostname", name, "-quiet", "-no_ign_eof"];
  const client = spawn("openssl", args, { stdio: ["pipe", "pipe", "pipe"] });
  client.stdin.on("error", () => undefined); // it has ended, which the answers tell that do not come
  let said = "";
  client.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
  // It says so of the authority and of the certificate, then it is silent.
  while (!/depth=0 [^]*verify return:1\n/.test(said)) {
    if (client.exitCode !== null) throw new Error(`no DTLS: ${said}`);
    await Promise.race([once(client.stderr, "data"), once(client, "exit")]);
  }
  return framed(client.stdout, client.stdin, () => client.kill());
}

function overStream(socket: Duplex): Transport {
  socket.on("error", () => undefined);
  return framed(socket, socket, () => socket.destroy());
}

/** Messages follow each other in a stream; each says how long it is. */
function framed(from: Readable, to: Writable, close: () => void): Transport {
  const transport: Transport = { send: (message) => void to.write(message), receive: () => undefined, close };
  let buffer = Buffer.alloc(0);
  from.on("data", (chunk: Buffer) => {
    buffer = Buffer.concat([buffer, chunk]);
    for (let length = lengthOf(buffer); length !== undefined && buffer.length >= length; length = lengthOf(buffer)) {
      const message = buffer.subarray(0, length);
      buffer = buffer.subarray(length);
      transport.receive(message);
    }
  });
  return transport;
}
