// Streams and their encryption, byte by byte.
import type { TLSSocket } from "node:tls";
import { expect } from "vitest";
import { Session } from "../client.ts";
import { domain } from "../people.ts";
import { Stream } from "../stream.ts";
import type { TestedServer } from "./tested-server.ts";

/** RFC 6120: a client from the first byte to an answer, errors by their names, and servers that have to prove who they are. */
export async function streams({ stack: { ports }, people }: TestedServer): Promise<void> {
  const client = await (await Stream.plain(ports.c2s, domain)).startTls();
  await client.logIn("bob", people.password, "bytes");
  const request = (id: string, payload: string) => client.answer(`<iq type='get' id='${id}' to='${domain}'>${payload}</iq>`, /<iq [^>]*\/>|<\/iq>/);
  expect(await request("known", "<ping xmlns='urn:xmpp:ping'/>")).toMatch(/<iq [^>]*type='result'/);
  expect(await request("unknown", "<unheard-of xmlns='e2e:unheard-of'/>")).toContain("<service-unavailable ");
  expect(await client.answer("<message></presence>", /<\/stream:error>/)).toContain("<not-well-formed ");

  const stranger = await Stream.plain(ports.c2s, "nowhere.test");
  expect(await stranger.open()).toContain("<host-unknown ");
  const server = await (await Stream.plain(ports.s2s, domain, "jabber:server")).startTls();
  expect(await server.open("other.test")).toContain("<not-authorized "); // it has shown no certificate
  for (const stream of [client, stranger, server]) stream.close();
}

/** RFC 7590: no login before TLS, the domain's certificate on every port, and no version or cipher of old. */
export async function encryption({ stack: { ports } }: TestedServer): Promise<void> {
  for (const [startTls, directTls, kind] of [[ports.c2s, ports.c2sDirectTls, "client"], [ports.s2s, ports.s2sDirectTls, "server"]] as const) {
    const plain = await Stream.plain(startTls, domain, `jabber:${kind}`);
    const features = await plain.open();
    plain.close();
    expect(features).toContain("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls>");
    expect(features).not.toMatch(/<(mechanisms|authentication|auth|bind) /);

    const connect = [
      async (options = {}) => (await Stream.plain(startTls, domain, `jabber:${kind}`)).startTls(options),
      (options = {}) => Stream.directTls(directTls, domain, `xmpp-${kind}`, options),
    ];
    for (const open of connect) {
      const stream = await open(); // which checks the certificate for the domain
      expect((stream.socket as TLSSocket).getProtocol()).toBe("TLSv1.3");
      stream.close();
      const older = await open({ maxVersion: "TLSv1.2" });
      expect((older.socket as TLSSocket).getEphemeralKeyInfo()).toMatchObject({ type: "ECDH" }); // forward secrecy
      older.close();
      await expect(open({ minVersion: "TLSv1.1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" })).rejects.toThrow(/alert protocol version/);
    }
  }
}

/** XEP-0368: TLS from the first byte, for clients and for servers. */
export async function directTls({ stack, people }: TestedServer): Promise<void> {
  const session = await Session.open({ ...people.login("bob", "direct"), service: stack.service(true) });
  expect(await session.ping()).toBe(true);
  await session.close();
  const server = await Stream.directTls(stack.ports.s2sDirectTls, domain, "xmpp-server");
  expect(await server.open("other.test")).toMatch(/<stream:stream [^>]*xmlns='jabber:server'/);
  server.close();
}
