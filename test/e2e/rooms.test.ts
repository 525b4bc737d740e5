// Rooms (XEP-0045): who gets in, who may do what there, what is kept of what was said.
import { xml } from "@xmpp/client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { componentLabels } from "../../settings/hosts.ts";
import { Session, nextSecond } from "./client.ts";
import { People, domain } from "./people.ts";
import { affiliate, condition, configure, departure, joinRoom, say, setRole, standing, statusCodes } from "./rooms.ts";
import { TestStack } from "./stack.ts";

const elsewhere = "two.test";
const service = `${componentLabels.rooms}.${domain}`;
const user = "http://jabber.org/protocol/muc#user";
const stack = new TestStack("rooms", 31, { domains: [{ name: domain }, { name: elsewhere }] });
const people = new People(stack);
let alice: Session;
let bob: Session;
let carol: Session;
let mallory: Session;

beforeAll(async () => {
  await stack.up();
  await people.create("alice", "bob", "carol", "mallory");
  [alice, bob, carol, mallory] = await Promise.all([people.online("alice"), people.online("bob"), people.online("carol"), people.online("mallory")]);
});

afterAll(async () => {
  await Session.closeAll();
  await stack.remove();
});

/** A room of Alice's, with her in it. */
async function roomOfAlice(label: string, settings: Readonly<Record<string, string>> = {}): Promise<string> {
  const room = `${label}@${service}`;
  const { presence } = await joinRoom(alice, room, "Alice");
  expect(statusCodes(presence)).toContain("201"); // made by this
  expect(standing(presence)).toEqual({ affiliation: "owner", role: "moderator" });
  if (Object.keys(settings).length > 0) await configure(alice, room, settings);
  return room;
}

test("newcomers are told the last 20 messages, or as many as they want to know", async () => {
  const room = await roomOfAlice("history");
  await affiliate(alice, room, bob.bare, "member");
  const said = Array.from({ length: 30 }, (_, index) => `line ${index}`);
  for (const line of said) {
    await say(alice, room, line);
    await alice.message(line);
    if (line === said.at(-9)) await nextSecond();
  }

  const told = async (history?: { maxstanzas?: string; since?: string }) => {
    const joined = await joinRoom(bob, room, "Bob", history && { history });
    await bob.send(xml("presence", { to: `${room}/Bob`, type: "unavailable" }));
    await departure(bob, room, "Bob");
    return joined.history;
  };
  const usual = await told();
  expect(usual.map(({ body }) => body)).toEqual(said.slice(-20));
  expect((await told({ maxstanzas: "5" })).map(({ body }) => body)).toEqual(said.slice(-5));
  expect(await told({ maxstanzas: "0" })).toEqual([]);
  expect((await told({ since: usual.at(-8)!.stamp })).map(({ body }) => body)).toEqual(said.slice(-8));
});

test("owners, admins, members and outcasts: each may do what is theirs, and no more", async () => {
  const room = await roomOfAlice("council", { membersonly: "0" });
  await affiliate(alice, room, bob.bare, "admin");
  await affiliate(alice, room, carol.bare, "member");
  expect(standing((await joinRoom(bob, room, "Bob")).presence)).toEqual({ affiliation: "admin", role: "moderator" });
  expect(standing((await joinRoom(carol, room, "Carol")).presence)).toEqual({ affiliation: "member", role: "participant" });
  expect(standing((await joinRoom(mallory, room, "Mallory")).presence)).toEqual({ affiliation: "none", role: "participant" });

  const refused = /^(forbidden|not-allowed)/;
  await expect(affiliate(carol, room, mallory.bare, "member")).rejects.toThrow(refused);
  await expect(affiliate(bob, room, carol.bare, "admin")).rejects.toThrow(refused);
  await expect(affiliate(bob, room, alice.bare, "none")).rejects.toThrow(refused);
  await expect(configure(bob, room, { roomname: "Bob's" })).rejects.toThrow(refused);
  await configure(alice, room, { roomname: "Alice's" });

  await affiliate(bob, room, mallory.bare, "outcast");
  const banned = await departure(mallory, room, "Mallory");
  expect([statusCodes(banned), standing(banned)]).toEqual([expect.arrayContaining(["301", "110"]), { affiliation: "outcast", role: "none" }]);
  await expect(joinRoom(mallory, room, "Mallory")).rejects.toThrow("forbidden");
});

test("a room that becomes one for members puts out the others, and an invitation makes a member", async () => {
  const room = await roomOfAlice("club", { membersonly: "0" });
  await joinRoom(carol, room, "Carol");
  await configure(alice, room, { membersonly: "1" });
  expect(statusCodes(await departure(carol, room, "Carol"))).toEqual(expect.arrayContaining(["322"]));
  await expect(joinRoom(carol, room, "Carol")).rejects.toThrow("registration-required");

  await alice.send(xml("message", { to: room }, xml("x", { xmlns: user }, xml("invite", { to: carol.bare }, xml("reason", {}, "Come back!")))));
  const invitation = await carol.next("the invitation", (stanza) => stanza.getChild("x", user)?.getChild("invite") !== undefined);
  expect([invitation.attrs.from, invitation.getChild("x", user)!.getChild("invite")!.getChildText("reason")]).toEqual([room, "Come back!"]);
  expect(standing((await joinRoom(carol, room, "Carol")).presence).affiliation).toBe("member");
});

test("roles: without voice nobody is heard, and who is kicked may come back", async () => {
  const room = await roomOfAlice("lecture", { membersonly: "0", moderatedroom: "1" });
  expect(standing((await joinRoom(bob, room, "Bob")).presence).role).toBe("visitor");
  const bobBecomes = async (role: string) => {
    await setRole(alice, room, "Bob", role);
    await bob.next(`being ${role}`, (stanza) => stanza.is("presence") && stanza.attrs.from === `${room}/Bob` && standing(stanza).role === role);
  };
  const refusal = async (line: string) => {
    await say(bob, room, line);
    return condition(await bob.next("the refusal", (stanza) => stanza.is("message") && stanza.attrs.type === "error" && stanza.attrs.from === room));
  };

  expect(await refusal("May I?")).toBe("forbidden");
  await bobBecomes("participant");
  await say(bob, room, "Thank you!");
  expect((await alice.message("Thank you!")).attrs.from).toBe(`${room}/Bob`); // and not what came before
  expect(alice.take((stanza) => stanza.getChildText("body") === "May I?")).toEqual([]);
  await expect(setRole(bob, room, "Alice", "none")).rejects.toThrow(/^not-allowed/);
  await bobBecomes("visitor");
  expect(await refusal("One thing more")).toBe("forbidden");

  await setRole(alice, room, "Bob", "none");
  expect(statusCodes(await departure(bob, room, "Bob"))).toEqual(expect.arrayContaining(["307", "110"]));
  await joinRoom(bob, room, "Bob");
});

test("a new room is private: not on the list, and closed to strangers", async () => {
  const [hidden, listed] = [await roomOfAlice("secret"), await roomOfAlice("market", { publicroom: "1" })];
  const items = await mallory.request("get", xml("query", { xmlns: "http://jabber.org/protocol/disco#items" }), service);
  const jids = items.getChild("query")!.getChildren("item").map(({ attrs }) => attrs.jid);
  expect([jids.includes(listed), jids.includes(hidden)]).toEqual([true, false]);
  await expect(joinRoom(mallory, hidden, "Mallory")).rejects.toThrow("registration-required");
  await say(mallory, hidden, "Anybody?");
  expect(condition(await mallory.next("the refusal", (stanza) => stanza.is("message") && stanza.attrs.from === hidden))).toBe("not-acceptable");
});

test("a room with a password lets in who knows it", async () => {
  const room = await roomOfAlice("cellar", { membersonly: "0", passwordprotectedroom: "1", roomsecret: "open sesame" });
  await expect(joinRoom(bob, room, "Bob")).rejects.toThrow("not-authorized");
  await expect(joinRoom(bob, room, "Bob", { password: "open barley" })).rejects.toThrow("not-authorized");
  await joinRoom(bob, room, "Bob", { password: "open sesame" });
});

test("a room's archive is read by its members, there or not, and refused to strangers", async () => {
  const room = await roomOfAlice("minutes");
  await affiliate(alice, room, bob.bare, "member");
  for (const line of ["first", "second", "third"]) await say(alice, room, line);
  await alice.message("third");
  const newest = await bob.archivePage({ page: { max: 2, before: "" } }, room);
  expect([newest.messages.map(({ body }) => body), newest.complete, newest.count]).toEqual([["second", "third"], false, 3]);
  const oldest = await bob.archivePage({ page: { max: 2, before: newest.first! } }, room);
  expect([oldest.messages.map(({ body }) => body), oldest.complete]).toEqual([["first"], true]);
  await expect(mallory.archivePage({}, room)).rejects.toThrow(/^forbidden/);
});

test("a destroyed room is gone, says where its people went, and is nobody's to make again", async () => {
  const [room, next] = [await roomOfAlice("tavern"), `inn@${service}`];
  await affiliate(alice, room, bob.bare, "member");
  await joinRoom(bob, room, "Bob");
  const destroy = xml("query", { xmlns: "http://jabber.org/protocol/muc#owner" }, xml("destroy", { jid: next }, xml("reason", {}, "Burnt down")));
  await expect(bob.request("set", destroy, room)).rejects.toThrow(/^forbidden/);
  await alice.request("set", destroy, room);
  const farewell = (await departure(bob, room, "Bob")).getChild("x", user)!.getChild("destroy")!;
  expect([farewell.attrs.jid, farewell.getChildText("reason")]).toEqual([next, "Burnt down"]);
  await expect(joinRoom(mallory, room, "Mallory")).rejects.toThrow("gone");
  await expect(joinRoom(alice, room, "Alice")).rejects.toThrow("gone");
});

test("rooms are made by people of the domain only", async () => {
  const stranger = await Session.open({ ...people.login("admin"), domain: elsewhere, password: stack.outputs.adminPasswords[`admin@${elsewhere}`]! });
  await expect(joinRoom(stranger, `outpost@${service}`, "Stranger")).rejects.toThrow("not-allowed");
  await joinRoom(stranger, `home@${componentLabels.rooms}.${elsewhere}`, "Stranger");
});
