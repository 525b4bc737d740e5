// slixmpp: what people publish about themselves and on the domain's service, and the files that they send.
import { afterAll, beforeAll, expect, test } from "vitest";
import { componentLabels } from "../../settings/hosts.ts";
import { type Seen, slixSessions } from "./slix.ts";
import { TestStack } from "./stack.ts";

const domain = "one.test";
const stack = new TestStack("slix-services", 39);
let seen: Seen;

beforeAll(async () => {
  await stack.up();
  seen = await slixSessions(stack, domain, ["dora", "emil", "gina"], "eventing", "files");
});

afterAll(() => stack.remove());

test("a bookmark reaches its owner's other device, and nobody else", () => {
  const kept = { id: "dance@rooms.test", name: "Dance", nick: "Dora", autojoin: true };
  expect(seen.bookmarks).toEqual({ told: kept.id, kept, foreign: "forbidden" });
});

test("a new picture is told to contacts and to one's other devices, and is in the vCard too", () => {
  expect(seen.avatar).toEqual({ told: true, same: true, vcard: true });
});

test("OMEMO: two clients publish their device and its keys, and fetch the other's; a stranger can, too", () => {
  const nodes = ["urn:xmpp:omemo:2:devices", "urn:xmpp:omemo:2:bundles"];
  const fetched = [["emil", "dora"], ["dora", "emil"], ["gina", "dora"]].flatMap(([who, owner]) => nodes.map((node) => [`${who}: ${node} of ${owner}`, true]));
  expect(seen.omemo).toEqual(Object.fromEntries(fetched));
});

test("a shared node: made by an administrator, its items and its end told to who has subscribed, closed to others' items", () => {
  expect(seen.shared_node).toEqual({
    "as a user": "forbidden",
    told: ["1", "Rain"],
    publishing: "forbidden",
    retracted: "1",
    deleted: "news",
    afterwards: "item-not-found",
  });
});

test("a file is uploaded to the service that is found, comes back byte by byte, and is refused when it is too large", () => {
  expect(seen.upload).toEqual({ service: `${componentLabels.upload}.${domain}`, put: 201, get: 200, type: "image/jpeg", same: true, "too large": "not-acceptable" });
});

test("a file goes through the SOCKS5 proxy that is found", () => {
  const proxy = `${componentLabels.proxy}.${domain}`;
  expect(seen.bytestream).toEqual({ proxies: { [proxy]: [proxy, stack.ports.proxy65] }, same: true });
});
