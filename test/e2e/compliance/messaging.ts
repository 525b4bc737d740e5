// Contacts, messages and their copies, as the IM suite asks for them.
import { randomUUID } from "node:crypto";
import { type Element, xml } from "@xmpp/client";
import { expect } from "vitest";
import { Session, stanzaId } from "../client.ts";
import { domain } from "../people.ts";
import { condition } from "../rooms.ts";
import { hasFeatures } from "./discovery.ts";
import type { TestedServer } from "./tested-server.ts";

const chat = (to: string, body: string) => xml("message", { to, type: "chat" }, xml("body", {}, body));
const presenceOf = (session: Session, from: string, type?: string) =>
  session.next(`presence ${type ?? ""} of ${from}`, (stanza) => stanza.is("presence") && stanza.attrs.from === from && stanza.attrs.type === type);

const roster = (attrs: Record<string, string>, ...items: Element[]) => xml("query", { xmlns: "jabber:iq:roster", ...attrs }, ...items);

/** Two people who are online subscribe to each other's presence, and see it. */
export async function becomeContacts(one: Session, other: Session): Promise<void> {
  for (const session of [one, other]) await session.request("get", roster({ ver: "" })); // from now on they are told of changes
  for (const [asking, asked] of [[one, other], [other, one]] as const) {
    await asking.send(xml("presence", { to: asked.bare, type: "subscribe" }));
    await presenceOf(asked, asking.bare, "subscribe");
    await asked.send(xml("presence", { to: asking.bare, type: "subscribed" }));
    await presenceOf(asking, asked.bare, "subscribed");
    await presenceOf(asking, asked.jid);
  }
}

export async function part(one: Session, other: Session): Promise<void> {
  for (const [session, { bare }] of [[one, other], [other, one]] as const) await session.request("set", roster({}, xml("item", { jid: bare, subscription: "remove" })));
}

/** RFC 6121: contacts and their versions, subscriptions both ways, presence as it changes, messages to people here and away. */
export async function instantMessaging({ alice, bob, people }: TestedServer): Promise<void> {
  await becomeContacts(alice, bob);
  const contact = (stanza: Element) => stanza.getChild("query", "jabber:iq:roster")?.getChild("item")?.attrs;
  const push = await alice.next("the contact", (stanza) => contact(stanza)?.subscription === "both");
  expect(contact(push)!.jid).toBe(bob.bare);
  const current = push.getChild("query")!.attrs.ver!;
  expect((await alice.request("get", roster({ ver: current }))).getChild("query")).toBeUndefined(); // nothing new since then

  await bob.send(xml("presence", { type: "unavailable" }));
  await presenceOf(alice, bob.jid, "unavailable");
  await bob.send(xml("presence"));
  await presenceOf(alice, bob.jid);
  await part(alice, bob);

  const [now, later] = [randomUUID(), randomUUID()];
  await alice.send(chat(bob.jid, now));
  expect((await bob.message(now)).attrs.from).toBe(alice.jid);
  await alice.send(chat(people.jid("carol"), later));
  expect(await alice.ping()).toBe(true); // answered after the message, on the same stream
  const carol = await people.online("carol");
  expect((await carol.message(later)).getChild("delay", "urn:xmpp:delay")?.attrs.stamp).toMatch(/^\d{4}-/);
  await carol.close();
}

/** XEP-0280. */
export async function carbons({ alice, bob, people }: TestedServer): Promise<void> {
  await hasFeatures(alice, domain, "urn:xmpp:carbons:2");
  const phone = await people.online("alice", "phone");
  await phone.request("set", xml("enable", { xmlns: "urn:xmpp:carbons:2" }));
  const body = randomUUID();
  const copy = (direction: string) =>
    phone.next(`a copy, ${direction}`, (stanza) => stanza.getChild(direction, "urn:xmpp:carbons:2")?.getChild("forwarded", "urn:xmpp:forward:0")?.getChild("message")?.getChildText("body") === `${body} ${direction}`);
  await alice.send(chat(bob.jid, `${body} sent`));
  await bob.send(chat(alice.jid, `${body} received`));
  for (const direction of ["sent", "received"]) expect((await copy(direction)).attrs.from).toBe(alice.bare);
  await phone.close();
}

/** XEP-0191: nothing comes from whom one has blocked, and nothing goes there. */
export async function blocking({ alice, bob }: TestedServer): Promise<void> {
  const xmlns = "urn:xmpp:blocking";
  await hasFeatures(alice, domain, xmlns);
  const change = (name: string) => alice.request("set", xml(name, { xmlns }, xml("item", { jid: bob.bare })));
  const blocked = async () => (await alice.request("get", xml("blocklist", { xmlns }))).getChild("blocklist", xmlns)!.getChildren("item").map(({ attrs }) => attrs.jid);
  const [refused, unsent, welcome] = [randomUUID(), randomUUID(), randomUUID()];
  await change("block");
  expect(await blocked()).toEqual([bob.bare]);
  await bob.send(chat(alice.jid, refused));
  await expect(bob.request("get", xml("ping", { xmlns: "urn:xmpp:ping" }), alice.jid)).rejects.toThrow(/^service-unavailable/); // which comes after the message
  await alice.send(chat(bob.jid, unsent));
  const error = await alice.next("the reminder", (stanza) => stanza.is("message") && stanza.attrs.type === "error" && stanza.attrs.from === bob.jid);
  expect(condition(error)).toBe("not-acceptable");
  await change("unblock");
  expect(await blocked()).toEqual([]);
  await bob.send(chat(alice.jid, welcome));
  await alice.message(welcome);
  const hasCome = (session: Session, body: string) => session.take((stanza) => stanza.getChildText("body") === body && stanza.attrs.type === "chat").length > 0;
  expect([hasCome(alice, refused), hasCome(bob, unsent)]).toEqual([false, false]);
}

/** XEP-0198: what is lost with the connection is sent again in the same session. */
export async function streamManagement({ bob, people }: TestedServer): Promise<void> {
  const train = await Session.open(people.login("alice", "train"), { reconnect: true });
  await train.send(xml("presence"));
  await train.ping();
  const { jid } = train;
  const resumed = new Promise((resolve, reject) => {
    train.entity.streamManagement.once("resumed", resolve);
    train.entity.once("online", () => reject(new Error("a new session instead of the old one")));
  });
  train.cut();
  const body = randomUUID();
  await bob.send(chat(jid, body));
  await resumed;
  expect((await train.message(body)).attrs.to).toBe(jid);
  await train.close();
}

/** XEP-0313: both sides find a message in their archives, by the id that it came with. */
export async function archive({ alice, bob }: TestedServer): Promise<void> {
  await hasFeatures(alice, alice.bare, "urn:xmpp:mam:2", "urn:xmpp:mam:2#extended");
  const body = randomUUID();
  await alice.send(chat(bob.jid, body));
  const id = stanzaId(await bob.message(body))!;
  const last = { page: { max: 1, before: "" } };
  expect((await bob.archivePage(last)).messages).toMatchObject([{ id, body }]);
  expect((await alice.archivePage(last)).messages).toMatchObject([{ body }]);
}
