// What people send who are in nobody's contact list is cut, what friends send is not.
import { type Element, xml } from "@xmpp/client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually } from "../image/docker.ts";
import { Session } from "./client.ts";
import { People } from "./people.ts";
import { TestStack } from "./stack.ts";

const stack = new TestStack("strangers", 51, { limits: { c2s: { rate: "1MB/s" } } }); // floods
const people = new People(stack);
let anna: Session;
let fred: Session;
let fay: Session;

beforeAll(async () => {
  await stack.up();
  await people.create("anna", "fred", "fay", "strange", "other", "third", "encrypted");
  [anna, fred, fay] = [await people.online("anna"), await people.online("fred"), await people.online("fay")];
  for (const friend of [fred, fay]) await people.befriend(anna, friend);
});

afterAll(async () => {
  await Session.closeAll();
  await stack.remove();
});

const chat = (body: string) => xml("message", { to: anna.bare, type: "chat" }, xml("body", {}, body));
const messagesFrom = (sender: Session) => anna.take((stanza) => stanza.is("message") && stanza.attrs.from === sender.jid && stanza.getChildText("body") !== null);
const errorsFor = (sender: Session) => sender.take((stanza) => stanza.is("message") && stanza.attrs.type === "error");
const reason = (error: Element) => error.getChild("error")!.toString();

/** Sends that many messages to Anna, and returns what of them arrived and what came back. */
async function flood(sender: Session, count: number, body = "hello"): Promise<{ arrived: Element[]; refused: Element[] }> {
  for (let number = 0; number < count; number++) await sender.send(chat(`${body} ${number}`));
  const [arrived, refused]: [Element[], Element[]] = [[], []];
  await eventually(`all messages of ${sender.bare} have come through or back`, () => {
    arrived.push(...messagesFrom(sender));
    refused.push(...errorsFor(sender));
    return Promise.resolve(arrived.length + refused.length === count);
  });
  return { arrived, refused };
}

test("200 messages of a friend arrive", async () => {
  const { arrived, refused } = await flood(fred, 200);
  expect(refused).toEqual([]);
  expect(arrived).toHaveLength(200);
});

test("of a flood of 700 the first 600 arrive at once, also from a friend", async () => {
  const { arrived, refused } = await flood(fred, 700);
  expect(arrived.length).toBeGreaterThanOrEqual(400); // 200 of the 600 were there before
  expect(arrived.length).toBeLessThan(690);
  for (const error of refused) expect(reason(error)).toMatch(/<resource-constraint.*Too many messages at once/);
});

test("the devices of one account send each other as much as they like", async () => {
  const device = await people.online("anna", "other");
  for (let number = 0; number < 700; number++) await device.send(xml("message", { to: anna.jid, type: "chat" }, xml("body", {}, `own ${number}`)));
  await anna.message("own 699");
  expect(messagesFrom(device)).toHaveLength(699);
});

test("200 messages of a stranger are cut: a few arrive, then it is told why, and put into quarantine", async () => {
  const stranger = await people.online("strange");
  const { arrived, refused } = await flood(stranger, 200);
  expect(arrived.length).toBeGreaterThanOrEqual(6);
  expect(arrived.length).toBeLessThan(30);
  for (const error of refused) expect(reason(error)).toContain("<policy-violation");
  expect(reason(refused[0]!)).toContain("Too many messages to people who do not know you");
  expect(reason(refused.at(-1)!)).toContain("You have sent too much to people who do not know you");
  expect(await stack.logs()).toContain(`${stranger.bare} is in quarantine for 3600 s`);
});

test("out of quarantine comes no request to be a contact either", async () => {
  const stranger = await people.online("strange", "again");
  await stranger.send(xml("presence", { to: anna.bare, type: "subscribe" }));
  expect(await stranger.ping()).toBe(true); // what it sent before has been looked at
  await fred.send(chat("after it"));
  await anna.message("after it");
  expect(anna.take((stanza) => stanza.attrs.type === "subscribe")).toEqual([]);

  const other = await people.online("other");
  await other.send(xml("presence", { to: anna.bare, type: "subscribe" }));
  await anna.next("another stranger's request", (stanza) => stanza.attrs.type === "subscribe" && stanza.attrs.from === other.bare);
});

test("of a stranger's links two arrive, a friend's all do", async () => {
  const stranger = await people.online("other", "links");
  const { arrived, refused } = await flood(stranger, 4, "see https://spam.example/");
  expect([arrived.length, refused.length]).toEqual([2, 2]);
  expect((await flood(fay, 10, "see https://friend.example/")).arrived).toHaveLength(10); // who has flooded nobody before
});

test("the text beside an encrypted message has a link, and is let through, but for the limit on messages", async () => {
  const stranger = await people.online("encrypted");
  const encrypted = (number: number) => xml("message", { to: anna.bare, type: "chat" },
    xml("body", {}, `${number}: find more information on https://conversations.im/omemo`), xml("encryption", { xmlns: "urn:xmpp:eme:0", namespace: "eu.siacs.conversations.axolotl" }));
  for (let number = 1; number <= 5; number += 1) await stranger.send(encrypted(number));
  await anna.message("5: find more information on https://conversations.im/omemo");
  expect(errorsFor(stranger)).toEqual([]);
});

test("another level applies without a restart", async () => {
  const before = await stack.identity();
  const stranger = await people.online("third");
  const level = async (name: string) => {
    stack.settings = { ...stack.settings, spam: { level: name } };
    await stack.up();
  };
  await level("strict");
  const links = await flood(stranger, 1, "see www.spam.example");
  expect(links.refused.map(reason)).toEqual([expect.stringContaining("No links to people who do not know you")]);
  const few = await flood(stranger, 10);
  expect(few.arrived.length).toBeLessThan(6);

  await level("off");
  expect((await flood(stranger, 50, "see https://spam.example/")).arrived).toHaveLength(50);
  expect(await stack.identity()).toEqual(before);
  expect(await anna.ping()).toBe(true);
  const { arrived } = await flood(await people.online("strange", "third"), 50);
  expect(arrived).toHaveLength(50);
});
