// Push (XEP-0357): who is away is told through an app server, here a component of the test's own, that something came.
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { type Element, xml } from "@xmpp/client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Session, submission } from "./client.ts";
import { Component, componentOverrides } from "./component.ts";
import { People, domain } from "./people.ts";
import { TestStack } from "./stack.ts";

const push = "urn:xmpp:push:0";
const pubsub = "http://jabber.org/protocol/pubsub";
const appServer = `push.${domain}`;
const secret = randomBytes(16).toString("hex");
const stack = new TestStack("push", 33, { secrets: { push: secret } });
const people = new People(stack);
let component: Component;

beforeAll(async () => {
  stack.write("overrides.cfg.lua", `push_max_errors = 1${componentOverrides(appServer, "push")}`);
  stack.settings = { ...stack.settings, overrides: join(stack.directory, "overrides.cfg.lua") };
  await stack.up();
  await people.create("alice", "bob", "carol", "dora", "emil");
  component = await connect(secret);
});

afterAll(async () => {
  component?.close();
  await Session.closeAll();
  await stack.remove();
});

const connect = (withSecret: string) => Component.connectTo(stack, appServer, withSecret);

const register = (node: string) => xml("enable", { xmlns: push, jid: appServer, node }, submission(`${pubsub}#publish-options`, { secret: `for ${node}` }));

/** Somebody registers for push with the app server, under the own name, and is away. */
async function registerAndLeave(name: string): Promise<void> {
  const session = await people.online(name);
  await session.request("set", register(name));
  await session.close();
}

async function send(from: Session, to: string, body: string): Promise<void> {
  await from.send(xml("message", { to: people.jid(to), type: "chat", id: body }, xml("body", {}, body)));
}

const published = (stanza: Element) => stanza.getChild("pubsub", pubsub)?.getChild("publish");
const isFor = (node: string) => (stanza: Element) => published(stanza)?.attrs.node === node;
const pushed = (node: string) => component.inbox.next(`a push for ${node}`, isFor(node));

function answer(iq: Element, error?: { type: string; condition: string }): void {
  const payload = error && xml("error", { type: error.type }, xml(error.condition, { xmlns: "urn:ietf:params:xml:ns:xmpp-stanzas" }));
  component.send(xml("iq", { type: error ? "error" : "result", id: iq.attrs.id, from: appServer, to: iq.attrs.from }, payload));
}

test("a message to somebody away is told to the app server, without its text or its sender", async () => {
  const bob = await people.online("bob");
  await registerAndLeave("alice");
  await send(bob, "alice", "for your eyes only");
  const iq = await pushed("alice");
  answer(iq);
  expect(iq.attrs).toMatchObject({ type: "set", from: domain, to: appServer });

  const fields = (form: Element) => Object.fromEntries(form.getChildren("field").map((field) => [field.attrs.var!, field.getChildText("value")] as const).filter(([, value]) => value !== null));
  const summary = published(iq)!.getChild("item")!.getChild("notification", push)!.getChild("x", "jabber:x:data")!;
  expect(fields(summary)).toEqual({ FORM_TYPE: "urn:xmpp:push:summary", "message-count": "1", "last-message-body": "New Message!" });
  const options = iq.getChild("pubsub")!.getChild("publish-options")!.getChild("x", "jabber:x:data")!;
  expect(fields(options)).toEqual({ FORM_TYPE: `${pubsub}#publish-options`, secret: "for alice" });
  expect(iq.toString()).not.toMatch(/for your eyes only|bob/);
});

test("so is one to a phone that lost its connection, and when it is back it has the message", async () => {
  const bob = await people.online("bob");
  const phone = await Session.open(people.login("dora", "phone"), { reconnect: true });
  await phone.send(xml("presence"));
  await phone.request("set", register("dora"));
  const back = new Promise((resolve) => phone.entity.streamManagement.once("resumed", resolve));
  phone.cut();
  await send(bob, "dora", "in the lift");
  answer(await pushed("dora"));
  await back;
  await phone.message("in the lift");
});

test("who does not want it any more is left alone", async () => {
  const emil = await people.online("emil");
  const bob = await people.online("bob");
  await emil.request("set", register("emil"));
  await emil.request("set", xml("disable", { xmlns: push, jid: appServer, node: "emil" }));
  await emil.close();
  await registerAndLeave("carol");
  await send(bob, "emil", "not to be told");
  await send(bob, "carol", "to be told");
  answer(await pushed("carol")); // so that a push for Emil would have come
  expect(component.inbox.take(isFor("emil"))).toEqual([]);
});

test("an app server that is busy is told of the next message too; so is one that refuses a device for good (docs/not-possible.md)", async () => {
  const dora = await people.online("dora");
  await registerAndLeave("emil");
  for (const [type, condition] of [["wait", "resource-constraint"], ["cancel", "item-not-found"], ["cancel", "item-not-found"]] as const) {
    await send(dora, "emil", `${condition} ${Math.random()}`);
    answer(await pushed("emil"), { type, condition });
  }
  await send(dora, "emil", "once more");
  answer(await pushed("emil"));
  const emil = await people.online("emil");
  expect(await emil.archived("once more")).toHaveLength(1);
});

test("a component without the secret is nobody", async () => {
  await expect(connect("a guess")).rejects.toThrow(/not-authorized/);
});
