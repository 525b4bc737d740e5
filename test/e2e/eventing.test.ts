// What accounts and the service publish: avatars, bookmarks, keys (XEP-0163), and nodes for everybody (XEP-0060).
import { createHash, randomBytes } from "node:crypto";
import { type Element, xml } from "@xmpp/client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { componentLabels } from "../../settings/hosts.ts";
import { Session } from "./client.ts";
import { People, domain } from "./people.ts";
import { configureNode, createNode, deleteNode, event, items, publish, retract, setAffiliation, subscribe } from "./pubsub.ts";
import { TestStack } from "./stack.ts";

const stack = new TestStack("eventing", 32);
const people = new People(stack);
const open = { access_model: "open" };
let alice: Session;
let bob: Session;
let admin: Session;

beforeAll(async () => {
  await stack.up();
  await people.create("alice", "bob");
  [alice, bob, admin] = await Promise.all([people.online("alice"), people.online("bob"), Session.open({ ...people.login("admin"), password: stack.outputs.adminPassword })]);
});

afterAll(async () => {
  await Session.closeAll();
  await stack.remove();
});

const picture = () => {
  const bytes = randomBytes(2000);
  return { bytes, base64: bytes.toString("base64"), hash: createHash("sha1").update(bytes).digest("hex") };
};
const vcardOf = async (session: Session, jid?: string) => (await session.request("get", xml("vCard", { xmlns: "vcard-temp" }), jid)).getChild("vCard")!;

test("an avatar is seen by strangers, and by clients that know only vCards", async () => {
  const { bytes, base64, hash } = picture();
  const [data, metadata] = ["urn:xmpp:avatar:data", "urn:xmpp:avatar:metadata"];
  await publish(alice, { node: data }, hash, xml("data", { xmlns: data }, base64), open); // XEP-0084
  await publish(alice, { node: metadata }, hash, xml("metadata", { xmlns: metadata }, xml("info", { id: hash, bytes: String(bytes.length), type: "image/png" })), open);
  expect((await items(bob, { service: alice.bare, node: metadata }))[hash]!.getChild("info")!.attrs).toMatchObject({ id: hash, type: "image/png" });
  expect((await items(bob, { service: alice.bare, node: data }))[hash]!.text()).toBe(base64);

  const photo = (await vcardOf(bob, alice.bare)).getChild("PHOTO")!; // XEP-0398
  expect([photo.getChildText("TYPE"), photo.getChildText("BINVAL")]).toEqual(["image/png", base64]);
  await alice.send(xml("presence", { to: bob.jid }));
  const presence = await bob.next("her presence", (stanza) => stanza.is("presence") && stanza.attrs.from === alice.jid);
  expect(presence.getChild("x", "vcard-temp:x:update")?.getChildText("photo")).toBe(hash); // XEP-0153
});

test("a picture in a vCard becomes an avatar", async () => {
  const { bytes, base64, hash } = picture();
  await bob.request("set", xml("vCard", { xmlns: "vcard-temp" }, xml("FN", {}, "Bob"), xml("PHOTO", {}, xml("TYPE", {}, "image/png"), xml("BINVAL", {}, base64))));
  expect((await items(bob, { node: "urn:xmpp:avatar:metadata" }))[hash]!.getChild("info")!.attrs.bytes).toBe(String(bytes.length));
  expect((await items(alice, { service: bob.bare, node: "urn:xmpp:avatar:data" }))[hash]!.text()).toBe(base64);
  expect((await vcardOf(alice, bob.bare)).getChildText("FN")).toBe("Bob");
});

test("what is published without saying for whom is not for strangers", async () => {
  const node = { node: "http://jabber.org/protocol/tune" }; // XEP-0118
  await publish(alice, node, "current", xml("tune", { xmlns: node.node }, xml("title", {}, "Heart of the Sunrise")));
  expect(Object.keys(await items(alice, node))).toEqual(["current"]);
  await expect(items(bob, { ...node, service: alice.bare })).rejects.toThrow(/^forbidden/);
});

test("bookmarks: the old ways to keep them show the same ones, and nobody else sees them", async () => {
  const node = "urn:xmpp:bookmarks:1"; // XEP-0402
  const only = { persist_items: "true", max_items: "max", send_last_published_item: "never", access_model: "whitelist" };
  const [tea, coffee] = ["tea", "coffee"].map((name) => `${name}@${componentLabels.rooms}.${domain}`) as [string, string];
  const legacy = (...conferences: Element[]) => xml("query", { xmlns: "jabber:iq:private" }, xml("storage", { xmlns: "storage:bookmarks" }, ...conferences)); // XEP-0048 in XEP-0049
  const kept = async () => (await alice.request("get", legacy())).getChild("query")!.getChild("storage")!.getChildren("conference");

  await publish(alice, { node }, tea, xml("conference", { xmlns: node, name: "Tea", autojoin: "true" }, xml("nick", {}, "Alice")), only);
  const [bookmark] = await kept();
  expect([bookmark!.attrs, bookmark!.getChildText("nick")]).toMatchObject([{ jid: tea, name: "Tea", autojoin: "true" }, "Alice"]);

  await alice.request("set", legacy(xml("conference", { jid: coffee, name: "Coffee" })));
  const now = await items(alice, { node });
  expect(Object.entries(now).map(([jid, { attrs }]) => [jid, attrs.name])).toEqual([[coffee, "Coffee"]]);

  await retract(alice, { node }, coffee);
  expect(await kept()).toEqual([]);
  await expect(items(bob, { service: alice.bare, node })).rejects.toThrow(/^forbidden/);
  await expect(publish(alice, { node }, tea, xml("conference", { xmlns: node }), open)).rejects.toThrow(/^conflict/); // would be for all to see
});

test("the service's nodes: made by administrators, read by all, written by whom they name", async () => {
  const news = { service: `${componentLabels.pubsub}.${domain}`, node: "news" };
  const entry = (title: string) => xml("entry", { xmlns: "http://www.w3.org/2005/Atom" }, xml("title", {}, title));
  await expect(createNode(bob, news, open)).rejects.toThrow(/^forbidden/);
  await createNode(admin, news, { ...open, notify_retract: "1", notify_delete: "1" });
  await subscribe(bob, news);

  await publish(admin, news, "1", entry("Opened"));
  const [first] = (await event(bob, news)).getChildren("item");
  expect([first!.attrs.id, first!.getChild("entry")!.getChildText("title")]).toEqual(["1", "Opened"]);
  expect(await alice.ping()).toBe(true);
  expect(alice.take((stanza) => stanza.getChild("event", "http://jabber.org/protocol/pubsub#event") !== undefined)).toEqual([]); // not subscribed

  await expect(publish(bob, news, "2", entry("Bob's"))).rejects.toThrow(/^forbidden/);
  await expect(configureNode(bob, news, { title: "Bob's" })).rejects.toThrow(/^forbidden/);
  await setAffiliation(admin, news, bob.bare, "publisher");
  await publish(bob, news, "2", entry("Bob's"));
  expect((await event(bob, news)).getChild("item")!.attrs.id).toBe("2");
  expect(Object.keys(await items(alice, news)).toSorted()).toEqual(["1", "2"]);

  await retract(admin, news, "1");
  expect((await event(bob, news)).getChild("retract")!.attrs.id).toBe("1");
  expect(Object.keys(await items(alice, news))).toEqual(["2"]);

  await configureNode(admin, news, { access_model: "whitelist" });
  await expect(items(alice, news)).rejects.toThrow(/^forbidden/);
  await expect(subscribe(alice, news)).rejects.toThrow(/^forbidden/);
  await expect(deleteNode(bob, news)).rejects.toThrow(/^forbidden/);
  await deleteNode(admin, news);
  expect((await event(bob, news)).name).toBe("delete");
  await expect(items(admin, news)).rejects.toThrow(/^item-not-found/);
});

/** A device's keys as clients lay them out; a server sees text. */
const bundle = (xmlns: string) => {
  const key = (name: string, attrs = {}) => xml(name, attrs, randomBytes(33).toString("base64"));
  return xml("bundle", { xmlns }, key("signedPreKeyPublic", { signedPreKeyId: "1" }), key("identityKey"), xml("prekeys", {}, key("preKeyPublic", { preKeyId: "1" }), key("preKeyPublic", { preKeyId: "2" })));
};
const omemo = [
  { name: "0.3", xmlns: "eu.siacs.conversations.axolotl", devices: "eu.siacs.conversations.axolotl.devicelist", list: "list", bundle: (id: string) => ({ node: `eu.siacs.conversations.axolotl.bundles:${id}`, item: "current" }) },
  { name: "0.8", xmlns: "urn:xmpp:omemo:2", devices: "urn:xmpp:omemo:2:devices", list: "devices", bundle: (id: string) => ({ node: "urn:xmpp:omemo:2:bundles", item: id }) },
];

test.each(omemo)("OMEMO $name: two clients that do not know each other get each other's keys", async ({ xmlns, devices, list, bundle: at }) => {
  const published = new Map<Session, { id: string; keys: string }>();
  for (const session of [alice, bob]) {
    const id = String(randomBytes(4).readUInt32BE());
    const keys = bundle(xmlns);
    const { node, item } = at(id);
    await publish(session, { node }, item, keys, { ...open, max_items: "max" });
    await publish(session, { node: devices }, "current", xml(list, { xmlns }, xml("device", { id })), open);
    published.set(session, { id, keys: keys.toString() });
  }
  for (const [reader, owner] of [[alice, bob], [bob, alice]] as const) {
    const { id, keys } = published.get(owner)!;
    const found = (await items(reader, { service: owner.bare, node: devices })).current!;
    expect(found.getChildren("device").map(({ attrs }) => attrs.id)).toEqual([id]);
    const { node, item } = at(id);
    expect((await items(reader, { service: owner.bare, node }))[item]!.toString()).toBe(keys);
  }
});
