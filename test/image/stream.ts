// XMPP streams, as far as the tests need them: what certificate a port shows, whether a password is taken.
import { once } from "node:events";
import { connect as connectPlain, type Socket } from "node:net";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { domain } from "./release.ts";

async function read(socket: Socket, until: RegExp): Promise<string> {
  let seen = "";
  for await (const chunk of socket.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    seen += chunk.toString();
    if (until.test(seen)) return seen;
  }
  throw new Error(`the stream ended without ${until}: ${seen}`);
}

function open(socket: Socket, namespace: string, to = domain): void {
  socket.write(
    `<?xml version='1.0'?><stream:stream xmlns='${namespace}' xmlns:stream='http://etherx.jabber.org/streams' ` +
      `to='${to}' version='1.0'>`,
  );
}

async function secured(socket: TLSSocket): Promise<TLSSocket> {
  await once(socket, "secureConnect");
  return socket;
}

/** Direct TLS (XEP-0368), with or without telling the name. */
export function directTls(port: number, protocol = "xmpp-client", servername = domain): Promise<TLSSocket> {
  return secured(
    connectTls({ host: "127.0.0.1", port, servername, ALPNProtocols: [protocol], rejectUnauthorized: false }),
  );
}

export async function startTls(port: number, namespace = "jabber:client", to = domain): Promise<TLSSocket> {
  const plain = connectPlain({ host: "127.0.0.1", port });
  open(plain, namespace, to);
  await read(plain, /<\/stream:features>/);
  plain.write("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>");
  await read(plain, /<proceed/);
  return secured(connectTls({ socket: plain, servername: to, rejectUnauthorized: false }));
}

export async function serial(connecting: Promise<TLSSocket>): Promise<string> {
  const socket = await connecting;
  const { serialNumber } = socket.getPeerCertificate();
  socket.destroy();
  return serialNumber;
}

/** Whether SASL PLAIN takes the password. */
export async function canLogIn(port: number, username: string, password: string): Promise<boolean> {
  const socket = await directTls(port);
  open(socket, "jabber:client");
  await read(socket, /<\/stream:features>/);
  const response = Buffer.from(`\0${username}\0${password}`).toString("base64");
  socket.write(`<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>${response}</auth>`);
  const answer = await read(socket, /<(success|failure)/);
  socket.destroy();
  return answer.includes("<success");
}
