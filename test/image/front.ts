// A front as Prosody sees one: it passes connections on with a PROXY protocol header before the client's bytes.
// https://www.haproxy.org/download/1.8/doc/proxy-protocol.txt
import { once } from "node:events";
import { type AddressInfo, type Server, type Socket, connect, createServer } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

const signature = Buffer.from("\r\n\r\n\0\r\nQUIT\n");

/** Version 1, as Nginx sends it. */
export function text(family: "TCP4" | "TCP6", client: string, port = 40000): Buffer {
  return Buffer.from(`PROXY ${family} ${client} ${family === "TCP4" ? "192.0.2.1" : "2001:db8::1"} ${port} 443\r\n`);
}

/** Version 2; `rest` is what its length counts. */
export function binary(versionAndCommand: number, family: number, rest: Buffer): Buffer {
  const head = Buffer.from([versionAndCommand, family, rest.length >> 8, rest.length & 0xff]);
  return Buffer.concat([signature, head, rest]);
}

/** Version 2 for TCP, with the bytes of the client's address and what the front may add (TLVs). */
export function binaryTcp(client: readonly number[], port = 40000, additions = Buffer.alloc(0)): Buffer {
  const ports = Buffer.from([port >> 8, port & 0xff, 443 >> 8, 443 & 0xff]);
  const ownAddress = client.map(() => 1);
  return binary(0x21, client.length === 4 ? 0x11 : 0x21, Buffer.concat([Buffer.from([...client, ...ownAddress]), ports, additions]));
}

/** Connects; each write is a segment of its own. */
export async function connected(host: string, port: number): Promise<Socket> {
  const socket = connect({ host, port, noDelay: true });
  socket.on("error", () => undefined); // "close" follows
  await once(socket, "connect");
  return socket;
}

/** Sends what starts a connection in pieces that end at these offsets. Nobody sees when the other side has read one: hence the pauses. */
export async function sendInPieces(socket: Socket, bytes: Buffer, cuts: readonly number[]): Promise<void> {
  for (const [index, cut] of [...cuts, bytes.length].entries()) {
    if (index > 0) await delay(5);
    socket.write(bytes.subarray(cuts[index - 1] ?? 0, cut));
  }
}

/** Fronts of a test, each a port on loopback that passes on what comes to it. */
export class Fronts {
  private readonly servers: Server[] = [];
  private readonly host: string;

  /** `host` is where Prosody listens. */
  constructor(host: string) {
    this.host = host;
  }

  /** The port of a front that sends `header` and the client's first bytes, cut at these offsets, to a port of Prosody. */
  async passOn(port: number, header: Buffer, cuts: readonly number[] = []): Promise<number> {
    const server = createServer((client) => {
      client.on("error", () => undefined);
      client.once("data", (first: Buffer) => {
        client.pause();
        void connected(this.host, port).then(async (prosody) => {
          client.on("close", () => prosody.destroy());
          prosody.on("close", () => client.destroy());
          await sendInPieces(prosody, Buffer.concat([header, first]), cuts);
          client.pipe(prosody).pipe(client);
        });
      });
    });
    this.servers.push(server);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return (server.address() as AddressInfo).port;
  }

  close(): void {
    for (const server of this.servers) server.close();
  }
}
