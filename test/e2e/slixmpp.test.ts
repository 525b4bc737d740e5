// What people do with a server, with slixmpp on a real stack: a second opinion beside protocol.test.ts.
import { execa } from "execa";
import { afterAll, beforeAll, expect, test } from "vitest";
import { namesBelow } from "../setup/certificates.ts";
import { ensurePython } from "../setup/python.ts";
import { TestStack } from "./stack.ts";

const domain = "one.test";
const accounts = { dora: "first password of dora", emil: "first password of emil" };
const stack = new TestStack("slixmpp", 1);
let seen: Readonly<Record<string, unknown>>;

beforeAll(async () => {
  await stack.up();
  for (const [name, password] of Object.entries(accounts)) await stack.createAccount(`${name}@${domain}`, password);
  const python = process.env.TEST_PYTHON ?? (await ensurePython());
  const ca = stack.write("ca.crt", stack.outputs.caCertificate);
  const { stdout } = await execa(python, ["test/e2e/slix_session.py"], { input: JSON.stringify({ domain, ca, accounts, ...stack.ports }), timeout: 120_000 });
  seen = JSON.parse(stdout) as typeof seen;
});

afterAll(() => stack.remove());

const names = namesBelow(domain).toSorted();

test("logs in with SCRAM-SHA-256 bound to the channel over STARTTLS, the certificate checked", () => {
  expect(seen.starttls).toEqual({ mechanism: "SCRAM-SHA-256-PLUS", tls: "TLSv1.2", certificate: names });
});

test("logs in with SCRAM-SHA-256 over direct TLS, the certificate checked", () => {
  expect(seen.direct_tls).toEqual({ mechanism: "SCRAM-SHA-256", tls: "TLSv1.3", certificate: names });
});

test("is refused with a wrong password", () => {
  expect(seen.wrong_password).toBe("not-authorized");
});

test("a message arrives, and both find it in their archives under the id it came with", () => {
  expect(seen.message).toMatchObject({ from: `dora@${domain}`, sent: 1 });
  const { id, archived } = seen.message as { id: string; archived: string[] };
  expect(id).toMatch(/./);
  expect(archived).toEqual([id]);
});

test("a room: made, joined by a member, talked in, archived", () => {
  const { from, id, archived } = seen.room as { from: string; id: string; archived: string[] };
  expect(from).toBe(`dance@conference.${domain}/Dora`);
  expect(id).toMatch(/./);
  expect(archived).toEqual([id]);
});

test("personal eventing: a bookmark is kept for its owner and for nobody else", () => {
  expect(seen.eventing).toEqual({ items: ["dance@rooms.test"], foreign: expect.stringMatching(/^(forbidden|not-authorized|item-not-found)$/) as string });
});

test("the roster: a contact is added and pushed under a version", () => {
  expect(seen.roster).toEqual({ pushed: [`emil@${domain}`], version: expect.stringMatching(/./) as string });
});

test("a lost connection is resumed, and what was sent meanwhile arrives", () => {
  expect(seen.resumption).toEqual({ same: true, to: true });
});

test("people change their own password; the old one is worth nothing then", () => {
  expect(seen.own_password).toEqual({ new: "logged in", old: "not-authorized" });
});
