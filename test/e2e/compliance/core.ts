// The Core suite.
import { randomUUID } from "node:crypto";
import { xml } from "@xmpp/client";
import { expect } from "vitest";
import { Session } from "../client.ts";
import { domain } from "../people.ts";
import { askForEvents, event, items, publish } from "../pubsub.ts";
import { capabilities, describedBy, itemsOf, serviceDiscovery } from "./discovery.ts";
import { Lacking, type Suite } from "./row.ts";
import { directTls, encryption, streams } from "./streams.ts";
import type { TestedServer } from "./tested-server.ts";

/** XEP-0114: a component comes in by its secret only, and people and it can write to each other. */
async function componentProtocol(server: TestedServer): Promise<void> {
  const { alice, component: jid } = server;
  await expect(server.connectComponent("a guess")).rejects.toThrow(/not-authorized/);
  const component = await server.connectComponent();
  expect((await itemsOf(alice, domain)).map(({ attrs }) => attrs.jid)).toContain(jid);
  const [there, back] = [randomUUID(), randomUUID()];
  await alice.send(xml("message", { to: `any@${jid}` }, xml("body", {}, there)));
  const received = await component.inbox.next(there, (stanza) => stanza.getChildText("body") === there);
  expect(received.attrs).toMatchObject({ from: alice.jid, to: `any@${jid}` });
  component.send(xml("message", { from: `any@${jid}`, to: alice.jid, type: "chat" }, xml("body", {}, back)));
  expect((await alice.message(back)).attrs.from).toBe(`any@${jid}`);
  component.close();
}

/** XEP-0163: what one device publishes is kept, and told to another whose capabilities ask for it. */
async function personalEventing({ alice, people }: TestedServer): Promise<void> {
  const { identities } = await describedBy(alice, alice.bare);
  if (!identities.includes("pubsub/pep")) throw new Lacking("the account is no pubsub/pep");
  const node = `e2e:${randomUUID()}`;
  const phone = await Session.open(people.login("alice", "phone"));
  await askForEvents(phone, node);
  await publish(alice, { node }, "current", xml("weather", { xmlns: node }, "rain"));
  const told = (await event(phone, { node })).getChild("item")!;
  expect(told.getChild("weather", node)?.text()).toBe("rain");
  expect(Object.keys(await items(phone, { node }))).toEqual(["current"]);
  await phone.close();
}

export const core: Suite = {
  name: "Core",
  rows: [
    {
      feature: "Core features",
      specification: "RFC 6120",
      title: "XMPP Core",
      levels: ["✓", "✓"],
      probe: streams,
      seen: "STARTTLS, SCRAM-SHA-256, a bound resource, an answered request; errors by name for an unknown host, an unknown request and bad XML; a server that shows no certificate is refused",
      by: ["c2s", "s2s", "saslauth", "s2s_auth_certs", "dialback"],
    },
    {
      feature: "TLS",
      specification: "RFC 7590",
      title: "TLS for XMPP",
      levels: ["✓", "✓"],
      probe: encryption,
      seen: "on each port for clients and servers: STARTTLS required and no login before it, the domain's certificate, TLS 1.3 and 1.2 with forward secrecy, 1.1 refused",
      by: ["tls"],
    },
    {
      feature: "Direct TLS",
      specification: "XEP-0368",
      title: "SRV records for XMPP over TLS",
      levels: ["–", "✓"],
      probe: directTls,
      seen: "a login over direct TLS, and a stream of servers (the SRV records are the operator's)",
      by: ["c2s", "s2s"],
    },
    {
      feature: "Feature discovery",
      specification: "XEP-0030",
      title: "Service Discovery",
      levels: ["✓", "✓"],
      probe: serviceDiscovery,
      seen: "identities and features of the server, an account and each component; an unknown node is an error",
      by: ["disco"],
    },
    {
      feature: "Feature broadcasts",
      specification: "XEP-0115",
      title: "Entity Capabilities",
      levels: ["–", "✓"],
      probe: capabilities,
      seen: "the stream's features carry the server's own, and their hash is that of its disco#info",
      by: ["disco"],
    },
    {
      feature: "Server extensibility",
      specification: "XEP-0114",
      title: "Jabber Component Protocol",
      levels: ["✓", "✓"],
      probe: componentProtocol,
      seen: "a component of the test's own connects with its secret (no other), is listed, gets and sends messages; `overrides` open the port for it",
      by: ["component"],
    },
    {
      feature: "Event publishing",
      specification: "XEP-0163",
      title: "Personal Eventing Protocol",
      levels: ["–", "✓"],
      probe: personalEventing,
      seen: "what one device publishes is kept, and told to another by its capabilities",
      by: ["pep"],
    },
  ],
};
