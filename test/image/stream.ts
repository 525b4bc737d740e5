// What the tests of the image see of a port: which certificate it shows, whether a password is taken.
import { Stream, saslPlain } from "../e2e/stream.ts";
import { domain } from "./release.ts";

const untrusted = { rejectUnauthorized: false };

/** Direct TLS (XEP-0368), with or without telling the name. */
export function directTls(port: number, protocol = "xmpp-client", servername = domain): Promise<Stream> {
  return Stream.directTls(port, domain, protocol, { ...untrusted, servername });
}

export async function startTls(port: number, namespace = "jabber:client", to = domain): Promise<Stream> {
  return (await Stream.plain(port, to, namespace)).startTls(untrusted);
}

export async function serial(connecting: Promise<Stream>): Promise<string> {
  const stream = await connecting;
  const { serialNumber } = stream.certificate.own;
  stream.close();
  return serialNumber;
}

/** Whether SASL PLAIN takes the password. */
export async function canLogIn(port: number, username: string, password: string): Promise<boolean> {
  const stream = await directTls(port);
  await stream.open();
  const answer = await stream.answer(saslPlain(username, password), /<(success|failure)/);
  stream.close();
  return answer.includes("<success");
}
