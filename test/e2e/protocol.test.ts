// What people do with a server, with @xmpp/client on a real stack.
import { xml } from "@xmpp/client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { logIn } from "../../ops/xmpp-client.ts";
import { componentLabels } from "../../settings/hosts.ts";
import { Session, stanzaId } from "./client.ts";
import { askForEvents, items, publish } from "./pubsub.ts";
import { affiliate, joinRoom, say, statusCodes } from "./rooms.ts";
import { TestStack } from "./stack.ts";

const domain = "one.test";
const password = "correct horse battery";
const stack = new TestStack("protocol", 0);
const login = (username: string, resource?: string) => ({ service: stack.service(), domain, username, password, ...(resource === undefined ? {} : { resource }) });
let alice: Session;
let bob: Session;

beforeAll(async () => {
  await stack.up();
  for (const name of ["alice", "bob", "carol"]) await stack.createAccount(`${name}@${domain}`, password);
  alice = await Session.open(login("alice", "desk"));
  bob = await Session.open(login("bob"));
  for (const session of [alice, bob]) await session.send(xml("presence"));
});

afterAll(async () => {
  await Session.closeAll();
  await stack.remove();
});

test.each([["STARTTLS", false], ["direct TLS", true]])("the first administrator logs in with SCRAM-SHA-256 over %s", async (_name, direct) => {
  await logIn({ service: stack.service(direct), domain, username: "admin", password: stack.outputs.adminPassword });
});

test("a message arrives, and both find it in their archives under the id it came with", async () => {
  await alice.send(xml("message", { to: bob.bare, type: "chat", id: "m1" }, xml("body", {}, "Hello, Bob!")));
  const received = await bob.message("Hello, Bob!");
  expect(received.attrs.from).toBe(alice.jid);
  expect(await bob.archived("Hello, Bob!")).toEqual([stanzaId(received)]);
  expect(await alice.archived("Hello, Bob!")).toHaveLength(1);
});

test("a message to somebody who is away waits in the archive", async () => {
  await alice.send(xml("message", { to: `carol@${domain}`, type: "chat" }, xml("body", {}, "Until later")));
  expect(await alice.ping()).toBe(true); // answered after the message, on the same stream
  const carol = await Session.open(login("carol"));
  expect(await carol.archived("Until later")).toHaveLength(1);
  await carol.close();
});

test("a room: made, joined by a member, talked in, archived", async () => {
  const room = `tea@${componentLabels.rooms}.${domain}`;
  expect(statusCodes((await joinRoom(alice, room, "Alice")).presence)).toEqual(expect.arrayContaining(["110", "201"])); // herself; a new room
  await expect(joinRoom(bob, room, "Bob")).rejects.toThrow("registration-required"); // members only
  await affiliate(alice, room, bob.bare, "member");
  await joinRoom(bob, room, "Bob");
  await alice.next("Bob", (stanza) => stanza.is("presence") && stanza.attrs.from === `${room}/Bob` && stanza.attrs.type === undefined);

  await say(alice, room, "Milk?");
  const received = await bob.message("Milk?");
  expect(received.attrs.from).toBe(`${room}/Alice`);
  expect(received.getChild("stanza-id", "urn:xmpp:sid:0")?.attrs.by).toBe(room);
  expect(await bob.archived("Milk?", room)).toEqual([stanzaId(received)]);
});

test("personal eventing: what one device publishes reaches another that asked for it, and stays", async () => {
  const node = "urn:xmpp:avatar:metadata"; // XEP-0084
  const phone = await Session.open(login("alice", "phone"));
  await askForEvents(phone, node);
  await phone.next("its own presence", (stanza) => stanza.is("presence") && stanza.attrs.from === phone.jid);

  const metadata = xml("metadata", { xmlns: node }, xml("info", { bytes: "1", id: "avatar", type: "image/png" }));
  await publish(alice, { node }, "avatar", metadata);
  const event = await phone.next("the event", (stanza) => stanza.getChild("event", "http://jabber.org/protocol/pubsub#event")?.getChild("items")?.attrs.node === node);
  expect(event.attrs.from).toBe(alice.bare);
  expect(Object.keys(await items(phone, { node }))).toEqual(["avatar"]);
  await phone.close();
});

test("the roster: contacts are added, pushed, and kept under a version", async () => {
  const roster = (version: string) => xml("query", { xmlns: "jabber:iq:roster", ver: version }); // RFC 6121 section 2
  const add = async (jid: string) => {
    await alice.request("set", xml("query", { xmlns: "jabber:iq:roster" }, xml("item", { jid })));
    const push = await alice.next("the push", (stanza) => stanza.getChild("query", "jabber:iq:roster")?.getChild("item")?.attrs.jid === jid);
    return push.getChild("query")!.attrs.ver!;
  };
  await alice.request("get", roster("")); // from now on she is told of changes
  const first = await add(bob.bare);
  const second = await add(`carol@${domain}`);
  const whole = (await alice.request("get", roster(first))).getChild("query")!;
  expect(whole.attrs.ver).toBe(second);
  expect(whole.getChildren("item").map(({ attrs }) => attrs.jid).toSorted()).toEqual([bob.bare, `carol@${domain}`]);
  expect((await alice.request("get", roster(second))).getChild("query")).toBeUndefined(); // nothing new
});

test("a lost connection is resumed, and what was sent meanwhile arrives", async () => {
  const carol = await Session.open(login("carol", "train"), { reconnect: true });
  await carol.send(xml("presence"));
  await alice.send(xml("message", { to: carol.jid, type: "chat" }, xml("body", {}, "before the tunnel")));
  await carol.message("before the tunnel");
  const { jid, entity } = carol;
  const { id } = entity.streamManagement;
  expect(id).not.toBe("");
  const resumed = new Promise((resolve) => entity.streamManagement.once("resumed", resolve));
  let sessions = 0;
  entity.on("online", () => sessions++);

  carol.cut();
  await alice.send(xml("message", { to: jid, type: "chat" }, xml("body", {}, "in the tunnel")));
  await resumed;
  expect((await carol.message("in the tunnel")).attrs.to).toBe(jid);
  expect([carol.jid, entity.streamManagement.id, sessions]).toEqual([jid, id, 0]); // the old session, no new one
  await carol.close();
});

test("people change their own password; the old one is worth nothing then", async () => {
  const carol = await Session.open(login("carol"));
  const next = "a better password than that";
  await carol.request("set", xml("query", { xmlns: "jabber:iq:register" }, xml("username", {}, "carol"), xml("password", {}, next)), domain); // XEP-0077
  await carol.close();
  await logIn({ ...login("carol"), password: next });
  await expect(logIn(login("carol"))).rejects.toThrow(/^not-authorized/);
});
