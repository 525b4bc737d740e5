// A TLS scan of each port, with a certificate of the private CA and with one of the operator's own that has an RSA key (for
// which there would be ciphers without forward secrecy), and what the HTTPS port speaks by ALPN.
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import type { Server } from "node:net";
import { type TLSSocket, createServer } from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { installPackages } from "../../ops/docker-engine.ts";
import { trust } from "../../ops/xmpp-client.ts";
import { type Pair, authority, namesBelow, pair, writePair } from "../setup/certificates.ts";
import { compressionOf } from "./client-hello.ts";
import { TestStack } from "./stack.ts";
import { Stream } from "./stream.ts";
import { behindStartTls, portOf, scan, weaknesses } from "./tls-scan.ts";

const [ec, rsa] = ["one.test", "two.test"] as const;
const stack = new TestStack("tls", 41);
const { ports } = stack;
const servers: Server[] = [];
let roots: Readonly<Record<string, string>>;

beforeAll(async () => {
  await installPackages("sslscan", ["sslscan"]);
  const files = { certificate: `${stack.directory}/own.crt`, key: `${stack.directory}/own.key` };
  const own = await authority();
  writePair(await own.issue(namesBelow(rsa), { kind: "rsa" }), files);
  stack.settings = { ...stack.settings, domains: [{ name: ec }, { name: rsa }], certificates: { [rsa]: files } };
  await stack.up();
  trust(own.certificate);
  roots = { [ec]: stack.outputs.caCertificate, [rsa]: own.certificate };
});

afterAll(async () => {
  for (const server of servers) server.close();
  await stack.remove();
});

const behind = async (...args: Parameters<typeof behindStartTls>) => {
  const server = await behindStartTls(...args);
  servers.push(server);
  return portOf(server);
};

const ways: [string, (domain: string) => Promise<number>][] = [
  ["5222 after STARTTLS", (domain) => behind(ports.c2s, domain, "jabber:client")],
  ["5223", () => Promise.resolve(ports.c2sDirectTls)],
  ["5269 after STARTTLS", (domain) => behind(ports.s2s, domain, "jabber:server")],
  ["5270", () => Promise.resolve(ports.s2sDirectTls)],
  ["443", () => Promise.resolve(ports.https)],
];

describe.each([ec, rsa])("%s", (domain) => {
  test.each(ways)("%s: TLS 1.2 and 1.3 with forward secrecy and nothing else, and the domain's certificate", async (_name, port) => {
    const found = await scan(await port(domain), domain);
    expect(weaknesses(found)).toEqual([]);
    expect(found.protocols).toEqual(["TLS 1.2", "TLS 1.3"]);
    expect(new Set(found.ciphers.map(({ protocol }) => protocol))).toEqual(new Set(found.protocols));
    expect(found.names.toSorted()).toEqual(namesBelow(domain).toSorted());
  });

  test.each(ways)("%s: compression is not taken up", async (_name, port) => {
    expect(await compressionOf(await port(domain), domain)).toBe(0);
  });

  test.each(["xmpp-client", "xmpp-server", "h2", "http/1.1"])("443 speaks %s when it is asked to, with a chain to the right authority", async (protocol) => {
    const stream = await Stream.directTls(ports.https, domain, protocol); // which checks chain and name
    expect((stream.socket as TLSSocket).alpnProtocol).toBe(protocol);
    expect(stream.certificate.root.fingerprint256).toBe(new X509Certificate(roots[domain]!).fingerprint256);
    stream.close();
  });

  // sslscan cannot ask for a protocol, and these go on to Prosody.
  test.each(["xmpp-client", "xmpp-server"])("443 with %s refuses what is old, and what has no forward secrecy", async (protocol) => {
    const connect = (options: object) => Stream.directTls(ports.https, domain, protocol, options);
    for (const version of ["TLSv1", "TLSv1.1"]) await expect(connect({ minVersion: version, maxVersion: version, ciphers: "ALL:@SECLEVEL=0" })).rejects.toThrow(/alert protocol version/);
    await expect(connect({ maxVersion: "TLSv1.2", ciphers: "kRSA:@SECLEVEL=0" })).rejects.toThrow(/alert handshake failure/);
    (await connect({ maxVersion: "TLSv1.2", ciphers: "kECDHE:@SECLEVEL=0" })).close();
  });
});

test("443 shows no certificate to who asks for another's name, or speaks something else", async () => {
  await expect(Stream.directTls(ports.https, "other.test", "http/1.1")).rejects.toThrow(/unrecognized name/);
  await expect(Stream.directTls(ports.https, ec, "imap")).rejects.toThrow(/no application protocol/);
});

test("80 is plain HTTP that leads to HTTPS, and 5000 has no TLS", async () => {
  const answer = await fetch(`http://127.0.0.1:${ports.http}/a/path?x=1`, { headers: { host: ec }, redirect: "manual" });
  expect([answer.status, answer.headers.get("location")]).toEqual([301, `https://127.0.0.1:${ports.https}/a/path?x=1`]);
  for (const port of [ports.http, ports.proxy65]) expect((await scan(port, ec)).protocols).toEqual([]);
});

describe("the scan itself", () => {
  async function weakServer({ certificate, key }: Pair, options: object): Promise<number> {
    const server = createServer({ cert: certificate, key, ...options }, (socket) => socket.on("error", () => undefined));
    server.on("tlsClientError", () => undefined);
    servers.push(server);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return portOf(server);
  }

  test("finds old versions and ciphers without forward secrecy", async () => {
    const port = await weakServer(await pair(["weak.test"], { kind: "rsa" }), { minVersion: "TLSv1.1", maxVersion: "TLSv1.2", ciphers: "AES128-GCM-SHA256:ECDHE-RSA-AES128-SHA:@SECLEVEL=0" });
    const found = await scan(port, "weak.test");
    expect(weaknesses(found)).toEqual(expect.arrayContaining(["TLS 1.1", "TLS 1.2 AES128-GCM-SHA256", "TLS 1.2 ECDHE-RSA-AES128-SHA"]));
    expect(found.names).toEqual(["weak.test"]);
  });
});
