// What people do with a stack on a cluster, through its way in.
import { randomBytes } from "node:crypto";
import { xml } from "@xmpp/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { componentLabels } from "../../settings/hosts.ts";
import { nodeAddress } from "../cluster/cluster.ts";
import { BoshSession } from "../e2e/bosh.ts";
import { Session } from "../e2e/client.ts";
import { resolveHere } from "../e2e/names.ts";
import { affiliate, joinRoom, say } from "../e2e/rooms.ts";
import { slotFor } from "../e2e/web.ts";
import { ClusterStack } from "./cluster-stack.ts";

const domain = "one.test";
const password = "correct horse battery";
const stack = new ClusterStack("kube-door", 1);
const { https } = stack.ports;
const as = (username: string, service = stack.service()) => ({ service, domain, username, password });
let alice: Session;
let bob: Session;

beforeAll(async () => {
  resolveHere(domain, nodeAddress);
  await stack.up();
  for (const name of ["alice", "bob"]) await stack.createAccount(`${name}@${domain}`, password);
  [alice, bob] = await Promise.all([Session.open(as("alice")), Session.open(as("bob", stack.service(true)))]);
  for (const session of [alice, bob]) await session.send(xml("presence"));
}, 400_000);

afterAll(async () => {
  await Session.closeAll();
  await stack.remove();
});

describe("a login", () => {
  test.each([
    ["STARTTLS", stack.service()],
    ["direct TLS", stack.service(true)],
    ["direct TLS on the port of HTTPS, by ALPN", `xmpps://${nodeAddress}:${https}`],
    ["WebSocket", `wss://${domain}:${https}/xmpp-websocket`],
  ])("by %s", async (_way, service) => {
    const session = await Session.open(as("alice", service));
    expect(await session.ping()).toBe(true);
    await session.close();
  });

  test("by BOSH", async () => {
    const session = await BoshSession.open({ url: `https://${domain}:${https}/http-bind`, domain, username: "alice", password, fetch: stack.fetch });
    await session.answer("<iq xmlns='jabber:client' type='get' id='p'><ping xmlns='urn:xmpp:ping'/></iq>", /type='result'/);
  });
});

test("a message arrives, and is in both archives", async () => {
  await alice.send(xml("message", { to: `bob@${domain}`, type: "chat" }, xml("body", {}, "Through the cluster")));
  await bob.message("Through the cluster");
  for (const session of [alice, bob]) expect(await session.archived("Through the cluster")).toHaveLength(1);
});

test("a room carries what is said, and keeps it", async () => {
  const room = `den@${componentLabels.rooms}.${domain}`;
  await joinRoom(alice, room, "a");
  await affiliate(alice, room, bob.bare, "member");
  await joinRoom(bob, room, "b");
  await say(alice, room, "Is this on?");
  await bob.message("Is this on?");
  expect(await bob.archived("Is this on?", room)).toHaveLength(1);
});

test("a file that is uploaded comes back byte by byte", async () => {
  const file = randomBytes(300_000);
  const slot = await slotFor(alice, `${componentLabels.upload}.${domain}`, { size: file.length });
  expect((await stack.fetch(slot.put, { method: "PUT", headers: { ...slot.headers, "content-length": file.length } }, file)).status).toBe(201);
  const answer = await stack.fetch(slot.get);
  expect(answer.status).toBe(200);
  expect(answer.body.equals(file)).toBe(true);
});

test("the web client is there", async () => {
  const { status, body } = await stack.fetch(`https://${domain}:${https}/`);
  expect(status).toBe(200);
  expect(String(body)).toContain("converse");
});

