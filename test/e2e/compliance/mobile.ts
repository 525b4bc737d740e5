// The Mobile suite.
import { randomUUID } from "node:crypto";
import { xml } from "@xmpp/client";
import { expect } from "vitest";
import { domain } from "../people.ts";
import { Stream } from "../stream.ts";
import { hasFeatures } from "./discovery.ts";
import { streamManagement } from "./messaging.ts";
import { Lacking, type Suite } from "./row.ts";
import type { TestedServer } from "./tested-server.ts";

/** XEP-0352: what can wait does, until the client is active again. Without XEP-0198, whose answers have everything sent. */
async function clientState(server: TestedServer): Promise<void> {
  const { alice, bob, people, stack } = server;
  if (!(await server.offeredAfterLogin()).includes("<csi xmlns='urn:xmpp:csi:0'/>")) throw new Lacking("no client state among the stream's features");
  const phone = await Stream.directTls(stack.ports.c2sDirectTls, domain);
  await phone.logIn("alice", people.password, "phone");
  await phone.answer("<presence/>", /<presence /);
  const [inactive, status] = [randomUUID(), randomUUID()];
  phone.socket.write(`<inactive xmlns='urn:xmpp:csi:0'/><message to='${alice.jid}' type='chat'><body>${inactive}</body></message>`);
  const { from } = (await alice.message(inactive)).attrs; // and so the server knows
  for (const to of [from, alice.jid]) await bob.send(xml("presence", { to }, xml("status", {}, status)));
  await alice.next("Bob's status at the desk", (stanza) => stanza.getChildText("status") === status);
  expect(await bob.ping()).toBe(true);
  await phone.answer("<active xmlns='urn:xmpp:csi:0'/>", new RegExp(status)); // which leaves out what came before
  phone.close();
}

/** XEP-0357: an app server is told that something came for somebody who is away. */
async function push(server: TestedServer): Promise<void> {
  const { bob, people, component: appServer } = server;
  const component = await server.connectComponent();
  const carol = await people.online("carol");
  await hasFeatures(carol, carol.bare, "urn:xmpp:push:0");
  const node = randomUUID();
  await carol.request("set", xml("enable", { xmlns: "urn:xmpp:push:0", jid: appServer, node }));
  await carol.close();
  await bob.send(xml("message", { to: people.jid("carol"), type: "chat" }, xml("body", {}, "wake up")));
  const iq = await component.inbox.next("the push", (stanza) => stanza.getChild("pubsub", "http://jabber.org/protocol/pubsub")?.getChild("publish")?.attrs.node === node);
  expect(iq.getChild("pubsub")!.getChild("publish")!.getChild("item")!.getChild("notification", "urn:xmpp:push:0")).toBeDefined();
  component.send(xml("iq", { type: "result", id: iq.attrs.id, from: appServer, to: iq.attrs.from }));
  component.close();
}

export const mobile: Suite = {
  name: "Mobile",
  rows: [
    {
      feature: "Stream management",
      specification: "XEP-0198",
      title: "Stream Management",
      levels: ["✓", "✓"],
      probe: streamManagement,
      seen: "a lost connection is resumed, and what was sent meanwhile arrives",
      by: ["smacks"],
    },
    {
      feature: "Client state indication",
      specification: "XEP-0352",
      title: "Client State Indication",
      levels: ["✓", "✓"],
      probe: clientState,
      seen: "a presence waits while the client is inactive, and comes when it is active",
      by: ["csi", "csi_simple"],
    },
    {
      feature: "Third-party push notifications",
      specification: "XEP-0357",
      title: "Push Notifications",
      levels: ["–", "✓"],
      probe: push,
      seen: "a component of the test's own, as the app server, is told of a message to somebody away",
      by: ["cloud_notify"],
    },
  ],
};
