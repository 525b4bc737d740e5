// The stack as strangers see it: what they are refused, and which certificates they are shown.
import { X509Certificate } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { logIn } from "../../ops/xmpp-client.ts";
import { namesBelow } from "../setup/certificates.ts";
import { TestStack } from "./stack.ts";
import { Stream, saslPlain } from "./stream.ts";

const domain = "one.test";
const stack = new TestStack("outside", 2);
const { c2s, c2sDirectTls, s2s, s2sDirectTls, https } = stack.ports;

beforeAll(() => stack.up());

afterAll(() => stack.remove());

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
