// slixmpp: messages between people and in rooms, their copies and archives, and who gets into a room.
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Seen, slixSessions } from "./slix.ts";
import { TestStack } from "./stack.ts";

const domain = "one.test";
const [dora, emil, gina] = ["dora", "emil", "gina"].map((name) => `${name}@${domain}`);
const stack = new TestStack("slix-messages", 38);
let seen: Seen;

beforeAll(async () => {
  await stack.up();
  seen = await slixSessions(stack, domain, ["dora", "emil", "gina"], "messages", "rooms");
});

afterAll(() => stack.remove());

test("a message arrives, and both find it in their archives under the id it came with", () => {
  expect(seen.message).toMatchObject({ from: dora, sent: 1 });
  const { id, archived } = seen.message as { id: string; archived: string[] };
  expect(id).toMatch(/./);
  expect(archived).toEqual([id]);
});

test("another device gets copies of what was received and sent, as long as it wants them", () => {
  expect(seen.carbons).toEqual({ received: "With copies?", sent: "With copies!", unwanted: 0 });
});

test("an archive is read page by page, from its beginning and from its end", () => {
  const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => String(from + index));
  expect(seen.paging).toEqual({
    forwards: [numbers(0, 10), numbers(10, 20), numbers(20, 25)],
    backwards: [numbers(15, 25), numbers(5, 15), numbers(0, 5)],
  });
});

test("a room: made, joined by a member, talked in, archived", () => {
  const { from, id, archived } = seen.room as { from: string; id: string; archived: string[] };
  expect(from).toBe(`dance@conference.${domain}/Dora`);
  expect(id).toMatch(/./);
  expect(archived).toEqual([id]);
});

test("who enters a room is told as much of what was said before as they ask for, and its subject", () => {
  expect(seen.history).toEqual({ "0": [], "2": ["two", "three"], None: ["one", "two", "three"], subject: "The past" });
});

test("ranks: a member bans nobody, an admin does, and who is banned is out and stays out", () => {
  expect(seen.affiliations).toEqual({
    "as a member": "not-allowed",
    codes: [110, 301],
    again: "forbidden",
    owner: [dora],
    admin: [emil],
    member: [],
    outcast: [gina],
  });
});

test("a new room is found, entered and read by its members only", () => {
  expect(seen.private).toEqual({ found: false, entering: "registration-required", archive: "forbidden", "its member's": 1 });
});
