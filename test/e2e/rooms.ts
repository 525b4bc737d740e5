// What occupants and owners do with rooms (XEP-0045).
import { type Element, xml } from "@xmpp/client";
import { type Session, submission } from "./client.ts";

const muc = "http://jabber.org/protocol/muc";

export interface Joined {
  /** One's own presence, with affiliation, role and status codes. */
  readonly presence: Element;
  /** What was said before, as the room tells newcomers. */
  readonly history: readonly { readonly body: string | null; readonly stamp: string }[];
}

export interface JoinOptions {
  readonly password?: string;
  /** How much of the history is wanted; without it as much as the room tells everybody. */
  readonly history?: { readonly maxstanzas?: string; readonly since?: string };
}

/** Joins a room, or makes it. @throws the condition when the room refuses, such as `registration-required` */
export async function joinRoom(session: Session, room: string, nick: string, { password, history }: JoinOptions = {}): Promise<Joined> {
  const id = `join${Math.random()}`;
  const x = xml("x", { xmlns: muc }, password === undefined ? undefined : xml("password", {}, password), history && xml("history", { ...history }));
  await session.send(xml("presence", { to: `${room}/${nick}`, id }, x));
  const presence = await session.next("the room's answer", (stanza) => stanza.is("presence") && isOf(room, stanza) && (stanza.attrs.type === undefined ? statusCodes(stanza).includes("110") : stanza.attrs.type === "error" && stanza.attrs.id === id));
  if (presence.attrs.type === "error") throw new Error(condition(presence));
  await session.next("the room's subject", (stanza) => stanza.is("message") && isOf(room, stanza) && stanza.getChild("subject") !== undefined); // the end of the history
  const earlier = session.take((stanza) => stanza.is("message") && isOf(room, stanza) && stanza.getChild("delay", "urn:xmpp:delay") !== undefined);
  return { presence, history: earlier.map((message) => ({ body: message.getChildText("body"), stamp: message.getChild("delay", "urn:xmpp:delay")!.attrs.stamp! })) };
}

/** What is left of an occupant that is no longer there, as `session` sees it. */
export function departure(session: Session, room: string, nick: string): Promise<Element> {
  return session.next(`${nick} leaving`, (stanza) => stanza.is("presence") && stanza.attrs.from === `${room}/${nick}` && stanza.attrs.type === "unavailable");
}

export async function say(session: Session, room: string, body: string): Promise<void> {
  await session.send(xml("message", { to: room, type: "groupchat" }, xml("body", {}, body)));
}

export async function affiliate(session: Session, room: string, jid: string, affiliation: string): Promise<void> {
  await session.request("set", xml("query", { xmlns: `${muc}#admin` }, xml("item", { jid, affiliation })), room);
}

export async function setRole(session: Session, room: string, nick: string, role: string): Promise<void> {
  await session.request("set", xml("query", { xmlns: `${muc}#admin` }, xml("item", { nick, role })), room);
}

/** Changes settings of a room, named without `muc#roomconfig_`; the others stay. */
export async function configure(session: Session, room: string, fields: Readonly<Record<string, string>>): Promise<void> {
  const named = Object.fromEntries(Object.entries(fields).map(([name, value]) => [`muc#roomconfig_${name}`, value]));
  await session.request("set", xml("query", { xmlns: `${muc}#owner` }, submission(`${muc}#roomconfig`, named)), room);
}

/** Affiliation and role that a presence in a room tells. */
export function standing(presence: Element): { affiliation: string | undefined; role: string | undefined } {
  const { affiliation, role } = presence.getChild("x", `${muc}#user`)!.getChild("item")!.attrs;
  return { affiliation, role };
}

export function statusCodes(presence: Element): (string | undefined)[] {
  return presence.getChild("x", `${muc}#user`)?.getChildren("status").map(({ attrs }) => attrs.code) ?? [];
}

/** Why a stanza was refused (RFC 6120 section 8.3.3). */
export function condition(stanza: Element): string {
  return stanza.getChild("error")!.getChildElements().find(({ attrs, name }) => attrs.xmlns === "urn:ietf:params:xml:ns:xmpp-stanzas" && name !== "text")!.name;
}

function isOf(room: string, stanza: Element): boolean {
  return stanza.attrs.from === room || stanza.attrs.from?.startsWith(`${room}/`) === true;
}
