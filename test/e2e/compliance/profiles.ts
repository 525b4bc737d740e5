// What an account keeps at the server, as the IM suite asks for it.
import { createHash, randomBytes, randomUUID } from "node:crypto";
import { type Element, xml } from "@xmpp/client";
import { expect } from "vitest";
import type { Session } from "../client.ts";
import { items, publish } from "../pubsub.ts";
import { hasFeatures } from "./discovery.ts";
import type { TestedServer } from "./tested-server.ts";

const [data, metadata] = ["urn:xmpp:avatar:data", "urn:xmpp:avatar:metadata"];
const bookmarks = "urn:xmpp:bookmarks:1";
const hidden = { persist_items: "true", max_items: "max", send_last_published_item: "never", access_model: "whitelist" };

const picture = () => {
  const bytes = randomBytes(500);
  return { length: String(bytes.length), base64: bytes.toString("base64"), hash: createHash("sha1").update(bytes).digest("hex") };
};
const vcardOf = async (session: Session, jid: string) => (await session.request("get", xml("vCard", { xmlns: "vcard-temp" }), jid)).getChild("vCard", "vcard-temp")!;
const setVcard = (session: Session, ...fields: Element[]) => session.request("set", xml("vCard", { xmlns: "vcard-temp" }, ...fields));
const photo = (base64: string) => xml("PHOTO", {}, xml("TYPE", {}, "image/png"), xml("BINVAL", {}, base64));

/** XEP-0398: an avatar becomes a vCard's picture, and the other way round. */
export async function avatarConversion({ alice, bob }: TestedServer): Promise<void> {
  await hasFeatures(alice, alice.bare, "urn:xmpp:pep-vcard-conversion:0");
  const [first, second] = [picture(), picture()];
  const open = { access_model: "open" };
  await publish(alice, { node: data }, first.hash, xml("data", { xmlns: data }, first.base64), open);
  await publish(alice, { node: metadata }, first.hash, xml("metadata", { xmlns: metadata }, xml("info", { id: first.hash, bytes: first.length, type: "image/png" })), open);
  expect((await vcardOf(bob, alice.bare)).getChild("PHOTO")?.getChildText("BINVAL")).toBe(first.base64);
  await setVcard(alice, photo(second.base64));
  expect((await items(bob, { service: alice.bare, node: metadata }))[second.hash]?.getChild("info")?.attrs.bytes).toBe(second.length);
}

/** XEP-0153: presence tells of the picture. */
export async function vcardAvatars({ alice, bob }: TestedServer): Promise<void> {
  const { base64, hash } = picture();
  await setVcard(alice, photo(base64));
  await alice.send(xml("presence", { to: bob.jid }));
  const presence = await bob.next("her presence with the picture", (stanza) => stanza.is("presence") && stanza.getChild("x", "vcard-temp:x:update")?.getChildText("photo") === hash);
  expect(presence.attrs.from).toBe(alice.jid);
}

/** XEP-0054. */
export async function vcardTemp({ alice, bob }: TestedServer): Promise<void> {
  const name = randomUUID();
  await setVcard(alice, xml("FN", {}, name));
  expect((await vcardOf(bob, alice.bare)).getChildText("FN")).toBe(name);
}

/** XEP-0223: kept for oneself, and never published otherwise than was asked for. */
export async function privateNodes({ alice, bob }: TestedServer): Promise<void> {
  await hasFeatures(alice, alice.bare, "http://jabber.org/protocol/pubsub#publish-options");
  const node = `e2e:${randomUUID()}`;
  const note = xml("note", { xmlns: node }, "for myself");
  await publish(alice, { node }, "current", note, hidden);
  expect((await items(alice, { node })).current?.text()).toBe("for myself");
  await expect(items(bob, { service: alice.bare, node })).rejects.toThrow(/^forbidden/);
  await expect(publish(alice, { node }, "current", note, { access_model: "open" })).rejects.toThrow(/^conflict/);
}

/** XEP-0049. */
export async function privateStorage({ alice, bob }: TestedServer): Promise<void> {
  const text = randomUUID();
  const query = (...content: string[]) => xml("query", { xmlns: "jabber:iq:private" }, xml("notes", { xmlns: "e2e:notes" }, ...content));
  await alice.request("set", query(text));
  expect((await alice.request("get", query())).getChild("query")!.getChild("notes", "e2e:notes")?.text()).toBe(text);
  await expect(bob.request("get", query(), alice.bare)).rejects.toThrow(/^(forbidden|service-unavailable)/);
}

const legacy = (...conferences: Element[]) => xml("query", { xmlns: "jabber:iq:private" }, xml("storage", { xmlns: "storage:bookmarks" }, ...conferences));
const bookmarked = (storage: Element | undefined) => storage?.getChildren("conference").map(({ attrs }) => attrs.jid);

/** XEP-0048: bookmarks in private storage and in the account's node of before are those of today. */
export async function legacyBookmarks({ alice, rooms }: TestedServer): Promise<void> {
  const room = `${randomUUID()}@${rooms}`;
  await alice.request("set", legacy(xml("conference", { jid: room, name: "Tea" })));
  expect(bookmarked((await alice.request("get", legacy())).getChild("query")!.getChild("storage"))).toEqual([room]);
  expect((await items(alice, { node: bookmarks }))[room]?.attrs.name).toBe("Tea");
  const next = `${randomUUID()}@${rooms}`;
  await publish(alice, { node: "storage:bookmarks" }, "current", xml("storage", { xmlns: "storage:bookmarks" }, xml("conference", { jid: next, name: "Coffee" })), hidden);
  expect((await items(alice, { node: bookmarks }))[next]?.attrs.name).toBe("Coffee");
}

/** XEP-0402: each bookmark an item, seen by clients that know only the old ways. */
export async function nativeBookmarks({ alice, rooms }: TestedServer): Promise<void> {
  await hasFeatures(alice, alice.bare, `${bookmarks}#compat`, `${bookmarks}#compat-pep`);
  const room = `${randomUUID()}@${rooms}`;
  await publish(alice, { node: bookmarks }, room, xml("conference", { xmlns: bookmarks, name: "Tea", autojoin: "true" }), hidden);
  expect(bookmarked((await alice.request("get", legacy())).getChild("query")!.getChild("storage"))).toContain(room);
  const [storage] = Object.values(await items(alice, { node: "storage:bookmarks" }));
  expect(bookmarked(storage)).toContain(room);
}
