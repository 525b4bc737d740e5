// Whom the stack does not talk with: block lists, lists of those it talks with, no federation. All of it changes live.
import { xml } from "@xmpp/client";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { Session } from "./client.ts";
import { OtherServer } from "./other-server.ts";
import { type Identity, TestStack } from "./stack.ts";
import { Stream } from "./stream.ts";

const domain = "one.example";
const stack = new TestStack("blocked", 52, { domains: [{ name: domain }, { name: "two.example" }] });
const far = await OtherServer.create();
let identity: Identity;
let anna: Session;
let otto: Session;
let fred: Session;
let greta: Session;

beforeAll(async () => {
  await far.federate(stack, [domain, `conference.${domain}`, "two.example"]);
  identity = await stack.identity();
  [anna, otto] = [await admin(domain), await admin("two.example")];
  [fred, greta] = [await online("fred"), await online("greta")];
});

afterAll(async () => {
  await Session.closeAll();
  await far.remove();
  await stack.remove();
});

async function admin(of: string): Promise<Session> {
  const session = await Session.open({ service: stack.service(), domain: of, username: "admin", password: stack.outputs.adminPasswords[`admin@${of}`]! });
  await session.send(xml("presence"));
  return session;
}

async function online(username: string): Promise<Session> {
  const session = await Session.open(await far.createAccount(username, far.domain));
  await session.send(xml("presence"));
  return session;
}

let count = 0;
const chat = (to: string, body: string, id: string) => xml("message", { to, type: "chat", id }, xml("body", {}, body));

async function arrives(from: Session, to: Session): Promise<void> {
  const body = `message ${++count}`;
  await from.send(chat(to.bare, body, body));
  await to.message(body);
}

/** The error that comes back; the receiver's archive has nothing of it. */
async function refused(from: Session, to: Session): Promise<string> {
  const body = `message ${++count}`;
  await from.send(chat(to.bare, body, body));
  const error = await from.next(`an error for ${body}`, (stanza) => stanza.attrs.type === "error" && stanza.attrs.id === body);
  expect(await to.archived(body)).toEqual([]);
  return error.getChild("error")!.toString();
}

/** Applies settings: nobody of the stack's own is disconnected by it. */
async function apply(settings: object): Promise<void> {
  stack.settings = { ...stack.settings, spam: {}, federation: {}, ...settings };
  await stack.up();
  expect(await stack.identity()).toEqual(identity);
  expect(await anna.ping()).toBe(true);
}

const bothWays = async (one: Session, another: Session) => (await arrives(one, another), arrives(another, one));

describe("a blocked domain", () => {
  beforeAll(async () => {
    await bothWays(anna, fred); // over streams that are there when it is blocked
    await apply({ spam: { block: [far.domain] } });
  });

  test("cannot reach anyone", async () => {
    for (const receiver of [anna, otto]) expect(await refused(fred, receiver)).toContain("far.example is blocked here");
  });

  test("nor a room", async () => {
    await fred.send(xml("presence", { to: `tea@conference.${domain}/fred`, id: "join" }, xml("x", { xmlns: "http://jabber.org/protocol/muc" })));
    const error = await fred.next("an error", (stanza) => stanza.is("presence") && stanza.attrs.type === "error" && stanza.attrs.id === "join");
    expect(error.getChild("error")!.toString()).toContain("far.example is blocked here");
  });

  test("is not reached, and its subdomains neither", async () => {
    expect(await refused(anna, fred)).toMatch(/<policy-violation.*far\.example is blocked here/);
    await expect(anna.request("get", xml("query", { xmlns: "http://jabber.org/protocol/disco#info" }), `conference.${far.domain}`)).rejects.toThrow("conference.far.example is blocked here");
  });

  test("is told so on a stream, before it proves who it is", async () => {
    const { certificate: cert, key } = await far.authority.issue([far.domain]);
    const stream = await Stream.directTls(stack.ports.s2sDirectTls, domain, "xmpp-server", { cert, key });
    const answer = await stream.open(far.domain);
    expect(answer).toMatch(/<policy-violation.*far\.example is blocked here/);
    expect(answer).not.toContain("<mechanism>");
    stream.close();
  });

  test("is taken again when it is no longer blocked", async () => {
    await apply({});
    await bothWays(anna, fred);
  });
});

test("of a blocked JID nothing arrives, of others of its server everything does", async () => {
  await apply({ spam: { block: [fred.bare] } });
  expect(await refused(fred, anna)).toContain("<service-unavailable");
  await bothWays(anna, greta);
});

describe("a list of servers", () => {
  beforeEach(() => bothWays(anna, otto)); // domains of one stack need no list

  test("keeps out whom it does not name", async () => {
    await apply({ federation: { mode: "allowlist", allow: ["partner.example"] } });
    expect(await refused(fred, anna)).toContain("one.example talks with chosen servers only");
    expect(await refused(anna, fred)).toContain("<policy-violation");
  });

  test("lets in whom it names", async () => {
    await apply({ federation: { mode: "allowlist", allow: ["partner.example", far.domain] } });
    await bothWays(anna, fred);
  });
});

test("without federation a domain may have its own list", async () => {
  await apply({ federation: { mode: "off", domains: { [domain]: { mode: "allowlist", allow: [far.domain] } } } });
  await bothWays(anna, fred);
  expect(await refused(fred, otto)).toContain("two.example does not talk with other servers");
  expect(await refused(otto, fred)).toContain("two.example does not talk with other servers");
});

test("none of it made Prosody stumble", async () => {
  expect((await stack.logs()).split("\n").filter((line) => /traceback|\terror\t/i.test(line))).toEqual([]);
});
