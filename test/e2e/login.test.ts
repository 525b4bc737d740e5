// Logins beyond a password over TLS: SASL2 with Bind 2, fast re-login, and what a man in the middle gives himself away by.
import { createHash, createHmac, randomBytes, randomUUID } from "node:crypto";
import type { TLSSocket } from "node:tls";
import { type Element, type FastToken, client, xml } from "@xmpp/client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ScramSha256 } from "../../ops/scram-sha-256.ts";
import { goOnline } from "../../ops/xmpp-client.ts";
import { Session, nextSecond } from "./client.ts";
import { People, domain } from "./people.ts";
import { TestStack } from "./stack.ts";
import { Stream } from "./stream.ts";

const sasl2 = "urn:xmpp:sasl:2";
const fast = "urn:xmpp:fast:0";
const stack = new TestStack("login", 11);
const people = new People(stack);
const connect = () => Stream.directTls(stack.ports.c2sDirectTls, domain, "xmpp-client", { minVersion: "TLSv1.3" });

beforeAll(async () => {
  await stack.up();
  await people.create("alice", "bob", "carol");
});

afterAll(async () => {
  await Session.closeAll();
  await stack.remove();
});

interface Attempt {
  readonly username: string;
  readonly password: string;
  /** Of the installation of a client, which a token is for. */
  readonly device: string;
  readonly token?: FastToken;
}

/** Logs in as a client of today does, and out again; what both sides said of it. */
async function logIn({ username, password, device, token }: Attempt) {
  const entity = client({ service: stack.service(), domain, username, password, resource: "app", userAgent: xml("user-agent", { id: device }, xml("software", {}, "e2e")) });
  entity.saslFactory.use("SCRAM-SHA-256", ScramSha256);
  entity.reconnect.stop();
  entity.on("error", () => undefined); // goOnline tells of the first
  const sent: Element[] = [];
  const received: Element[] = [];
  entity.on("send", (element: Element) => sent.push(element));
  entity.on("nonza", (element: Element) => received.push(element));
  let given: FastToken | undefined;
  entity.fast.fetchToken = () => Promise.resolve(token);
  entity.fast.saveToken = (next) => Promise.resolve(void (given = next));
  try {
    await goOnline(entity, { service: stack.service(), domain, username, password });
    return { jid: entity.jid!.toString(), sent, token: given, mechanisms: sent.filter((element) => element.is("authenticate", sasl2)).map(({ attrs }) => attrs.mechanism), success: received.find((element) => element.is("success", sasl2))! };
  } finally {
    await entity.stop().catch(() => undefined);
  }
}

test("SASL2 and Bind 2: one exchange logs in, binds the resource and switches on stream management", async () => {
  const attempt = { username: "alice", password: people.password, device: randomUUID() };
  const { jid, sent, success, mechanisms } = await logIn(attempt);
  expect(mechanisms).toEqual(["SCRAM-SHA-256"]);
  expect(jid).toMatch(/^alice@one\.test\/app~/);
  expect(success.getChildText("authorization-identifier")).toBe(jid);
  expect(success.getChild("bound", "urn:xmpp:bind:0")?.getChild("enabled", "urn:xmpp:sm:3")?.attrs.resume).toMatch(/^(true|1)$/);
  expect(sent.filter(({ name }) => name === "iq" || name === "enable")).toEqual([]);
  expect((await logIn(attempt)).jid).toBe(jid); // a device keeps its address
  expect((await logIn({ ...attempt, device: randomUUID() })).jid).not.toBe(jid);
});

/** A fast re-login by hand: HMAC of the token as proof (draft-schmaus-kitten-sasl-ht). */
async function reLogIn(username: string, token: string, device: string, { invalidate = false } = {}): Promise<string> {
  const stream = await connect();
  expect(await stream.open(people.jid(username))).toContain(`<fast xmlns='${fast}'>`);
  const proof = (role: string) => createHmac("sha256", token).update(role).digest();
  const response = Buffer.concat([Buffer.from(`${username}\0`), proof("Initiator")]).toString("base64");
  const outcome = await stream.answer(
    `<authenticate xmlns='${sasl2}' mechanism='HT-SHA-256-NONE'><initial-response>${response}</initial-response><user-agent id='${device}'/><fast xmlns='${fast}'${invalidate ? " invalidate='true'" : ""}/></authenticate>`,
    /<\/success>|<\/failure>/,
  );
  stream.close();
  const [, condition] = /<failure[^>]*><([\w-]+)/.exec(outcome) ?? [];
  if (condition !== undefined) return condition;
  expect(outcome).toContain(`<additional-data>${proof("Responder").toString("base64")}</additional-data>`); // the server knows the token too
  return "success";
}

test("a fast re-login takes the token that the last login gave, and no password", async () => {
  const attempt = { username: "alice", password: people.password, device: randomUUID() };
  const { token } = await logIn(attempt);
  expect(token!.mechanism).toBe("HT-SHA-256-NONE");
  const days = (Date.parse(token!.expiry) - Date.now()) / 86_400_000;
  expect(Math.round(days)).toBe(21);

  const again = await logIn({ ...attempt, password: "forgotten", token: token! });
  expect([again.mechanisms, again.success.getChildText("authorization-identifier")]).toEqual([["HT-SHA-256-NONE"], again.jid]);
  await expect(logIn({ ...attempt, password: "forgotten" })).rejects.toThrow(/^not-authorized/);
  expect(await reLogIn("alice", token!.token, attempt.device)).toBe("success");
});

test("a token that is wrong, of another device or of another account is refused", async () => {
  const device = randomUUID();
  const { token } = (await logIn({ username: "bob", password: people.password, device })).token!;
  expect(await reLogIn("bob", `secret-token:fast-${randomBytes(16).toString("base64url")}`, device)).toBe("not-authorized");
  expect(await reLogIn("bob", token, randomUUID())).toBe("not-authorized");
  expect(await reLogIn("alice", token, device)).toBe("not-authorized");
  expect(await reLogIn("bob", token, device)).toBe("success");
});

test("a token that was given back is used up, and a new password uses up all", async () => {
  const [device, other] = [randomUUID(), randomUUID()];
  const tokenFor = async (id: string) => (await logIn({ username: "carol", password: people.password, device: id })).token!.token;
  const [first, second] = [await tokenFor(device), await tokenFor(other)];
  expect(await reLogIn("carol", first, device, { invalidate: true })).toBe("success");
  expect(await reLogIn("carol", first, device)).toBe("not-authorized");
  expect(await reLogIn("carol", second, other)).toBe("success");

  await nextSecond(); // the time of a password's change is kept in whole seconds
  const carol = await Session.open(people.login("carol"));
  await carol.request("set", xml("query", { xmlns: "jabber:iq:register" }, xml("username", {}, "carol"), xml("password", {}, "a better password than that")), domain);
  expect(await reLogIn("carol", second, other)).toBe("credentials-expired");
});

const exported = (stream: Stream) => (stream.socket as TLSSocket).exportKeyingMaterial(32, "EXPORTER-Channel-Binding", Buffer.alloc(0)); // RFC 9266
const credentials = () => ({ username: "alice", password: people.password });

test("SCRAM-SHA-256-PLUS: a login is bound to its TLS connection", async () => {
  const [stream, elsewhere] = [await connect(), await connect()];
  const features = await stream.open();
  expect(features).toContain("<mechanism>SCRAM-SHA-256-PLUS</mechanism>");
  expect(features).toContain("<sasl-channel-binding xmlns='urn:xmpp:sasl-cb:0'><channel-binding type='tls-exporter'/></sasl-channel-binding>"); // XEP-0440
  const passedOn = new ScramSha256({ type: "tls-exporter", data: exported(elsewhere) });
  expect(await stream.authenticate("SCRAM-SHA-256-PLUS", passedOn, credentials())).toMatch(/^<failure[^>]*><malformed-request\/><text>Invalid channel binding value/);
  const own = new ScramSha256({ type: "tls-exporter", data: exported(stream) });
  expect(await stream.authenticate("SCRAM-SHA-256-PLUS", own, credentials())).toMatch(/^<success/);
  for (const each of [stream, elsewhere]) each.close();
});

/** The server's answer to the first message of a SCRAM exchange. */
async function firstAnswer(stream: Stream, gs2Header: string): Promise<string> {
  const first = Buffer.from(`${gs2Header}n=alice,r=${randomBytes(18).toString("base64")}`).toString("base64");
  const answer = await stream.answer(`<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='SCRAM-SHA-256'>${first}</auth>`, /<\/challenge>|<\/failure>/);
  const challenge = /<challenge[^>]*>([^<]+)/.exec(answer)?.[1];
  return challenge === undefined ? answer : Buffer.from(challenge, "base64").toString();
}

test("who was told that there is no channel binding notices that there is (RFC 5802 section 6)", async () => {
  const stream = await connect();
  await stream.open();
  expect(await firstAnswer(stream, "y,,")).toMatch(/^<failure[^>]*><malformed-request/);
  expect(await firstAnswer(stream, "n,,")).toMatch(/^r=/); // who knows none is let in
  stream.close();
});

test("the server signs the list of mechanisms that it offered (XEP-0474)", async () => {
  const stream = await connect();
  const features = await stream.open();
  const offered = [...features.split("<mechanisms ")[1]!.matchAll(/<mechanism>([^<]+)/g)].map(([, name]) => name!);
  const bindings = [...features.matchAll(/<channel-binding type='([^']+)/g)].map(([, type]) => type!);
  const signed = [offered, bindings].map((names) => names.toSorted().join("\x1e")).join("\x1f");
  expect(await firstAnswer(stream, "n,,")).toContain(`,h=${createHash("sha256").update(signed).digest("base64")}`);
  stream.close();
});
