// Messages on several devices: copies as they come (XEP-0280), and the archive page by page (XEP-0313, XEP-0059).
import { type Element, xml } from "@xmpp/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ArchivePage, type ArchiveQuery, Session, nextSecond } from "./client.ts";
import { People } from "./people.ts";
import { TestStack } from "./stack.ts";

const carbons = "urn:xmpp:carbons:2";
const stack = new TestStack("messages", 30, { limits: { c2s: { rate: "1MB/s" } } }); // a hundred messages at once
const people = new People(stack);
const chat = (to: string, body: string, ...more: Element[]) => xml("message", { to, type: "chat" }, xml("body", {}, body), ...more);

beforeAll(async () => {
  await stack.up();
  await people.create("alice", "bob", "carol", "dora");
});

afterAll(async () => {
  await Session.closeAll();
  await stack.remove();
});

describe("carbons", () => {
  let desk: Session;
  let phone: Session;
  let watch: Session;
  let bob: Session;

  beforeAll(async () => {
    [desk, phone, watch, bob] = await Promise.all([people.online("alice"), people.online("alice", "phone"), people.online("alice", "watch"), people.online("bob")]);
    for (const session of [desk, phone]) await session.request("set", xml("enable", { xmlns: carbons }));
  });

  /** The text of a copy, if that is what the stanza is. */
  const copied = (stanza: Element, direction: "sent" | "received") =>
    stanza.getChild(direction, carbons)?.getChild("forwarded", "urn:xmpp:forward:0")?.getChild("message", "jabber:client")?.getChildText("body");
  const copy = (session: Session, direction: "sent" | "received", body: string) => session.next(`a copy of "${body}"`, (stanza) => copied(stanza, direction) === body);
  const anyCopy = (stanza: Element) => stanza.getChild("sent", carbons) !== undefined || stanza.getChild("received", carbons) !== undefined;

  test("what one device sends, and what is sent to it alone, reaches the other that asked for copies", async () => {
    await desk.send(chat(bob.jid, "from the desk"));
    await bob.message("from the desk");
    const sent = await copy(phone, "sent", "from the desk");
    expect([sent.attrs.from, sent.attrs.to]).toEqual([desk.bare, phone.jid]);

    await bob.send(chat(desk.jid, "to the desk"));
    await desk.message("to the desk");
    const received = await copy(phone, "received", "to the desk");
    expect(received.attrs.from).toBe(desk.bare); // of one's own account: a copy from elsewhere would be forged
  });

  test("private messages are copied to nobody, nor is anything to a device that did not ask or asks no more", async () => {
    const confidential = () => [xml("private", { xmlns: carbons }), xml("no-copy", { xmlns: "urn:xmpp:hints" })];
    await bob.send(chat(desk.jid, "received in private", ...confidential()));
    await desk.send(chat(bob.jid, "sent in private", ...confidential()));
    for (const [session, body] of [[desk, "received in private"], [bob, "sent in private"]] as const) await session.message(body);
    await bob.send(chat(desk.jid, "the last one"));
    await copy(phone, "received", "the last one"); // so that whatever came before has come
    expect(phone.take(anyCopy)).toEqual([]);

    await phone.request("set", xml("disable", { xmlns: carbons }));
    await bob.send(chat(desk.jid, "after that"));
    await desk.message("after that");
    for (const session of [phone, watch]) {
      expect(await session.ping()).toBe(true);
      expect(session.take(anyCopy)).toEqual([]);
    }
  });
});

describe("the archive", () => {
  const bodies = Array.from({ length: 120 }, (_, index) => `message ${index}`);
  const toCarol = (_body: string, index: number) => index % 3 === 0;
  let dora: Session;

  beforeAll(async () => {
    dora = await people.online("dora");
    for (const [index, body] of bodies.entries()) {
      await dora.send(chat(toCarol(body, index) ? people.jid("carol") : people.jid("bob"), body));
      if ((index + 1) % 40 > 0) continue;
      await dora.ping(); // answered after the messages, on the same stream
      await nextSecond();
    }
  });

  /** All pages of a query, following the archive's own marks. */
  async function pages(query: ArchiveQuery, direction: "forwards" | "backwards"): Promise<ArchivePage[]> {
    const found: ArchivePage[] = [];
    for (let page: ArchiveQuery["page"] = direction === "forwards" ? {} : { before: "" }; found.length < 10; ) {
      const next = await dora.archivePage({ ...query, page: { ...query.page, ...page } });
      found.push(next);
      if (next.complete) return found;
      page = direction === "forwards" ? { after: next.last! } : { before: next.first! };
    }
    throw new Error("the archive has no end");
  }
  const sizes = (found: readonly ArchivePage[]) => found.map(({ messages }) => messages.length);
  const texts = (found: readonly ArchivePage[]) => found.flatMap(({ messages }) => messages.map(({ body }) => body));

  test("forwards: every message once, in order, 50 at most however many are asked for", async () => {
    const found = await pages({ page: { max: 100 } }, "forwards");
    expect(sizes(found)).toEqual([50, 50, 20]);
    expect(texts(found)).toEqual(bodies);
    expect(found.map(({ count }) => count)).toEqual([120, 120, 120]);
    expect(new Set(found.flatMap(({ messages }) => messages.map(({ id }) => id))).size).toBe(120);
  });

  test("backwards: from the newest page to the oldest, each in order of time", async () => {
    const found = await pages({ page: { max: 50 } }, "backwards");
    expect(sizes(found)).toEqual([50, 50, 20]);
    expect(texts(found.toReversed())).toEqual(bodies);
    expect(found.at(0)!.messages.at(-1)!.id).toBe(found.at(0)!.last);
  });

  test("with one person only", async () => {
    const found = await pages({ filters: { with: people.jid("carol") }, page: { max: 30 } }, "forwards");
    expect(sizes(found)).toEqual([30, 10]);
    expect(texts(found)).toEqual(bodies.filter(toCarol));
  });

  test("of a span of time", async () => {
    const all = (await pages({ page: { max: 50 } }, "forwards")).flatMap(({ messages }) => messages);
    const second = (stamp: string, more = 0) => new Date((Math.floor(Date.parse(stamp) / 1000) + more) * 1000).toISOString();
    const [start, end] = [second(all[40]!.stamp), second(all[79]!.stamp, 1)];
    expect(texts(await pages({ filters: { start, end }, page: { max: 25 } }, "forwards"))).toEqual(bodies.slice(40, 80));
    expect(texts(await pages({ filters: { start: end }, page: { max: 50 } }, "forwards"))).toEqual(bodies.slice(80));
    expect(texts(await pages({ filters: { end: start }, page: { max: 50 } }, "forwards"))).toEqual(bodies.slice(0, 40));
  });

  test("a page after a message that is not there is refused", async () => {
    const unknown = dora.archivePage({ page: { after: "no such id" } });
    await expect(unknown).rejects.toThrow(/^internal-server-error/); // should be item-not-found, see docs/not-possible.md
  });
});
