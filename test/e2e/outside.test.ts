// The stack as strangers see it: what they are refused, and which certificates they are shown.
import { X509Certificate, randomBytes } from "node:crypto";
import { type RequestOptions, request } from "node:https";
import { xml } from "@xmpp/client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { logIn } from "../../ops/xmpp-client.ts";
import { componentLabels } from "../../settings/hosts.ts";
import { namesBelow } from "../setup/certificates.ts";
import { Session } from "./client.ts";
import { TestStack } from "./stack.ts";
import { Stream, saslPlain } from "./stream.ts";

const domain = "one.test";
const stack = new TestStack("outside", 2, { uploads: { maxSize: "1MB" } });
const { c2s, c2sDirectTls, s2s, s2sDirectTls, https } = stack.ports;
const uploadHost = `${componentLabels.upload}.${domain}`;

beforeAll(() => stack.up());

afterAll(async () => {
  await Session.closeAll();
  await stack.remove();
});

function admin() {
  return { service: stack.service(), domain, username: "admin", password: stack.outputs.adminPassword };
}

test("a wrong password, somebody unknown and an unknown domain are refused", async () => {
  await expect(logIn({ ...admin(), password: "wrong" })).rejects.toThrow(/^not-authorized/);
  await expect(logIn({ ...admin(), username: "nobody" })).rejects.toThrow(/^not-authorized/);
  await expect(logIn({ ...admin(), domain: "other.test" })).rejects.toThrow(/^host-unknown/);
});

test("before TLS nobody is offered a way to log in, and the right password is refused", async () => {
  const stream = await Stream.plain(c2s, domain);
  const features = await stream.open();
  expect(features).toContain("<starttls");
  expect(features).toContain("<required/>");
  expect(features).not.toMatch(/mechanism|authentication|<bind/);
  expect(await stream.answer(saslPlain("admin", stack.outputs.adminPassword), /<\/failure>|<success|<\/stream:error>/)).toMatch(/<failure|<stream:error/);
  stream.close();
});

test("within TLS the password itself is still not wanted", async () => {
  const stream = await Stream.directTls(c2sDirectTls, domain);
  const features = await stream.open();
  expect(features).toContain("<mechanism>SCRAM-SHA-256</mechanism>");
  expect(features).not.toContain("PLAIN");
  expect(await stream.answer(saslPlain("admin", stack.outputs.adminPassword), /<\/failure>|<success/)).toContain("<invalid-mechanism");
  stream.close();
});

test.each(["TLSv1", "TLSv1.1"] as const)("%s is refused on every port", async (version) => {
  const old = { minVersion: version, maxVersion: version, ciphers: "DEFAULT@SECLEVEL=0" } as const;
  const refused = /alert protocol version/;
  for (const port of [c2s, s2s]) await expect((await Stream.plain(port, domain, port === s2s ? "jabber:server" : undefined)).startTls(old)).rejects.toThrow(refused);
  await expect(Stream.directTls(c2sDirectTls, domain, "xmpp-client", old)).rejects.toThrow(refused);
  await expect(Stream.directTls(s2sDirectTls, domain, "xmpp-server", old)).rejects.toThrow(refused);
  await expect(Stream.directTls(https, domain, "http/1.1", old)).rejects.toThrow(refused);
});

test.each(["TLSv1.2", "TLSv1.3"] as const)("%s is spoken", async (version) => {
  const stream = await Stream.directTls(c2sDirectTls, domain, "xmpp-client", { minVersion: version, maxVersion: version });
  expect(await stream.open()).toContain("<mechanism>");
  stream.close();
});

test("nobody makes an account for themselves", async () => {
  const stream = await Stream.directTls(c2sDirectTls, domain);
  expect(await stream.open()).not.toContain("http://jabber.org/features/iq-register");
  const form = "<iq type='set' id='r'><query xmlns='jabber:iq:register'><username>mallory</username><password>mallory's password</password></query></iq>"; // XEP-0077
  expect(await stream.answer(form, /<\/iq>|<\/stream:error>/)).toMatch(/type=.error|<stream:error/);
  stream.close();
  await expect(logIn({ ...admin(), username: "mallory", password: "mallory's password" })).rejects.toThrow(/^not-authorized/);
});

const names = namesBelow(domain);
const ways: [string, () => Promise<Stream>][] = [
  ["clients, STARTTLS", async () => (await Stream.plain(c2s, domain)).startTls()],
  ["clients, direct TLS", () => Stream.directTls(c2sDirectTls, domain)],
  ["servers, STARTTLS", async () => (await Stream.plain(s2s, domain, "jabber:server")).startTls()],
  ["servers, direct TLS", () => Stream.directTls(s2sDirectTls, domain, "xmpp-server")],
  ["HTTPS", () => Stream.directTls(https, domain, "http/1.1")],
];

test.each(ways)("%s: the certificate is of the stack's own authority, for the domain and its components", async (_name, connect) => {
  const stream = await connect(); // which checks chain and name
  const { own, root } = stream.certificate;
  expect(root.fingerprint256).toBe(new X509Certificate(stack.outputs.caCertificate).fingerprint256);
  expect(own.subjectaltname?.split(", ").toSorted()).toEqual(names.map((name) => `DNS:${name}`).toSorted());
  stream.close();
});

test("without the stack's authority nobody trusts it", async () => {
  await expect(Stream.directTls(c2sDirectTls, domain, "xmpp-client", { ca: [] })).rejects.toThrow(/unable to verify|self-signed|local issuer/);
});

/** A request to a host name of the stack, which no name server knows. */
async function http(url: string, options: RequestOptions = {}, body?: Uint8Array): Promise<{ status: number; body: Buffer; type: string | undefined }> {
  const { hostname, port, pathname, search } = new URL(url);
  return new Promise((resolve, reject) => {
    const sent = request({ host: "127.0.0.1", servername: hostname, port, path: pathname + search, ...options, headers: { host: `${hostname}:${port}`, ...options.headers } }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      answer.on("end", () => resolve({ status: answer.statusCode!, body: Buffer.concat(chunks), type: answer.headers["content-type"] }));
    });
    sent.on("error", reject).end(body);
  });
}

test("a file: its slot, what is uploaded comes back byte by byte, and nothing else gets in", async () => {
  const session = await Session.open(admin());
  const file = randomBytes(100_000);
  const slotFor = async (size: number) => {
    const iq = await session.request("get", xml("request", { xmlns: "urn:xmpp:http:upload:0", filename: "photo.jpg", size: String(size), "content-type": "image/jpeg" }), uploadHost);
    const slot = iq.getChild("slot", "urn:xmpp:http:upload:0")!;
    const put = slot.getChild("put")!;
    const headers = Object.fromEntries(put.getChildren("header").map((header) => [header.attrs.name, header.text()])) as Record<string, string>;
    return { put: put.attrs.url!, get: slot.getChild("get")!.attrs.url!, headers };
  };
  const { put, get, headers } = await slotFor(file.length);
  expect(new URL(put).origin).toBe(`https://${uploadHost}:${https}`);
  expect((await http(put, { method: "PUT" }, file)).status).toBe(401); // without the slot's leave
  expect((await http(put, { method: "PUT", headers: { ...headers, "content-type": "image/jpeg", "content-length": file.length } }, file)).status).toBe(201);
  const found = await http(get);
  expect(found).toMatchObject({ status: 200, type: "image/jpeg" });
  expect(found.body.equals(file)).toBe(true);
  await expect(slotFor(1_000_001)).rejects.toThrow(/not-acceptable/);
});

test("measurements are for the machine itself", async () => {
  const { status, body } = await http(`https://${domain}:${https}/metrics`);
  expect(status).toBe(403);
  expect(body.toString()).not.toContain("prosody_");
  const { body: known } = await http(`https://${domain}:${https}/.well-known/host-meta`);
  expect(known.toString()).toContain("/xmpp-websocket"); // it was this server that said no
});
