// Publish-subscribe (XEP-0060) on a service, or on an account when none is given (XEP-0163).
import { type Element, xml } from "@xmpp/client";
import { type Session, submission } from "./client.ts";

const pubsub = "http://jabber.org/protocol/pubsub";

/** Settings of a node, named without `pubsub#`. */
export type NodeConfig = Readonly<Record<string, string>>;

export interface Node {
  readonly service?: string;
  readonly node: string;
}

const form = (type: string, config: NodeConfig) => submission(`${pubsub}#${type}`, Object.fromEntries(Object.entries(config).map(([name, value]) => [`pubsub#${name}`, value])));

const owner = (session: Session, service: string | undefined, payload: Element) => session.request("set", xml("pubsub", { xmlns: `${pubsub}#owner` }, payload), service);

const request = (session: Session, service: string | undefined, ...payload: (Element | undefined)[]) => session.request("set", xml("pubsub", { xmlns: pubsub }, ...payload), service);

/** Publishes; with `options` only to a node that is like that, and a new node becomes so. */
export async function publish(session: Session, { service, node }: Node, id: string, payload: Element, options?: NodeConfig): Promise<void> {
  await request(session, service, xml("publish", { node }, xml("item", { id }, payload)), options && xml("publish-options", {}, form("publish-options", options)));
}

export async function retract(session: Session, { service, node }: Node, id: string): Promise<void> {
  await request(session, service, xml("retract", { node, notify: "true" }, xml("item", { id })));
}

/** What a node holds: payloads by the ids of their items. */
export async function items(session: Session, { service, node }: Node): Promise<Record<string, Element>> {
  const answer = await session.request("get", xml("pubsub", { xmlns: pubsub }, xml("items", { node })), service);
  return Object.fromEntries(answer.getChild("pubsub")!.getChild("items")!.getChildren("item").map((item) => [item.attrs.id!, item.getChildElements()[0]!] as const));
}

export async function createNode(session: Session, { service, node }: Node, config: NodeConfig): Promise<void> {
  await request(session, service, xml("create", { node }), xml("configure", {}, form("node_config", config)));
}

export async function configureNode(session: Session, { service, node }: Node, config: NodeConfig): Promise<void> {
  await owner(session, service, xml("configure", { node }, form("node_config", config)));
}

export async function deleteNode(session: Session, { service, node }: Node): Promise<void> {
  await owner(session, service, xml("delete", { node }));
}

export async function setAffiliation(session: Session, { service, node }: Node, jid: string, affiliation: string): Promise<void> {
  await owner(session, service, xml("affiliations", { node }, xml("affiliation", { jid, affiliation })));
}

export async function subscribe(session: Session, { service, node }: Node): Promise<void> {
  await request(session, service, xml("subscribe", { node, jid: session.jid }));
}

/** Sends the presence of a client that wants to be told of a node, whoever's it is, and says so when asked (XEP-0163, XEP-0115). */
export async function askForEvents(session: Session, node: string): Promise<void> {
  const info = "http://jabber.org/protocol/disco#info";
  const features = [xml("identity", { category: "client", type: "phone" }), xml("feature", { var: `${node}+notify` })];
  session.entity.iqCallee.get(info, "query", () => xml("query", { xmlns: info }, ...features));
  await session.send(xml("presence", {}, xml("c", { xmlns: "http://jabber.org/protocol/caps", hash: "sha-1", node: "https://e2e.test", ver: "e2e" })));
}

/** The next event of a node: its `items`, `purge`, `delete` or `configuration`. */
export async function event(session: Session, { node }: Node): Promise<Element> {
  const about = (stanza: Element) => stanza.getChild("event", `${pubsub}#event`)?.getChildElements().find(({ attrs }) => attrs.node === node);
  return about(await session.next(`an event of ${node}`, (stanza) => about(stanza) !== undefined))!;
}
