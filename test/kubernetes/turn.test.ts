// Calls on a cluster: a TURN server that a node publishes, and relays with what users are told over XMPP.
import { xml } from "@xmpp/client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { nodeAddress } from "../cluster/cluster.ts";
import { nodeName } from "../cluster/addresses.ts";
import { Session } from "../e2e/client.ts";
import { People, domain } from "../e2e/people.ts";
import { authorityFile } from "../e2e/turn/outside-network.ts";
import { type Credentials, Refused, TurnClient } from "../e2e/turn/turn-client.ts";
import { type TransportName, transports } from "../e2e/turn/transports.ts";
import { eventually } from "../image/docker.ts";
import { ClusterStack } from "./cluster-stack.ts";

// Beyond the ports that Services get.
const turn = { enabled: true, externalAddress: nodeAddress, port: 33_478, tlsPort: 33_449, relay: { start: 33_430, count: 16 } };
const stack = new ClusterStack("kube-turn", 15, { turn });
stack.settings = { ...stack.settings, kubernetes: { ...(stack.settings.kubernetes as object), publishNodes: { "kubernetes.io/hostname": nodeName } } };
const people = new People(stack);
const clients: TurnClient[] = [];
let alice: Session;
let credentials: Credentials;

async function client(transport: TransportName, as: Credentials | undefined = credentials): Promise<TurnClient> {
  const port = transport === "udp" || transport === "tcp" ? turn.port : turn.tlsPort;
  const made = new TurnClient(await transports[transport]({ address: nodeAddress, port, name: domain, ca: authorityFile(stack) }), as);
  clients.push(made);
  return made;
}

async function told(): Promise<Credentials> {
  const xmlns = "urn:xmpp:extdisco:2";
  const answer = await alice.request("get", xml("services", { xmlns }), domain);
  const { username, password } = answer.getChild("services", xmlns)!.getChildren("service").map(({ attrs }) => attrs).find(({ type }) => type === "turn")!;
  return { username: username!, password: password! };
}

beforeAll(async () => {
  await stack.up();
  await people.create("alice");
  alice = await Session.open(people.login("alice"));
  credentials = await told();
}, 400_000);

afterAll(async () => {
  for (const one of clients) one.close();
  await Session.closeAll();
  await stack.remove();
});

test.each(Object.keys(transports) as TransportName[])("a relay is given over %s, at the node's address", async (transport) => {
  const one = await client(transport);
  const relay = await one.allocate();
  expect(relay.address).toBe(nodeAddress);
  expect(relay.port).toBeGreaterThanOrEqual(turn.relay.start);
  expect(relay.port).toBeLessThan(turn.relay.start + turn.relay.count);
  await one.refresh(0);
});

test("two clients reach each other, each through its own relay", async () => {
  const [one, other] = [await client("udp"), await client("udp")];
  const [ofOne, ofOther] = [await one.allocate(), await other.allocate()];
  await Promise.all([one.permit(ofOther.address), other.permit(ofOne.address)]);
  one.send(ofOther, Buffer.from("hello"));
  await eventually("it comes", () => Promise.resolve(other.received.length > 0));
  expect(other.received.map(({ from, data }) => [from, data.toString()])).toEqual([[ofOne, "hello"]]);
});

test("another secret reaches both ends, and what was given out before stays valid", async () => {
  const before = await Promise.all(["prosody", "coturn", "redis"].map((service) => stack.identity(service)));
  stack.settings = { ...stack.settings, turn: { ...turn, secretGeneration: 2 } };
  await stack.up();
  expect(await Promise.all(["prosody", "coturn", "redis"].map((service) => stack.identity(service)))).toEqual(before);
  const renewed = await told();
  expect(renewed.password).not.toBe(credentials.password);
  for (const valid of [credentials, renewed]) await (await client("udp", valid)).allocate();
  const wrong = await client("udp", { ...renewed, password: "guess" });
  await expect(wrong.allocate()).rejects.toThrow(Refused);
});
