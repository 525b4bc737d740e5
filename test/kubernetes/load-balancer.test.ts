// A Service of type LoadBalancer: the cluster of the tests gives it no address, so the test does what a cloud's controller would.
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Item } from "../../ops/kubernetes/kubectl.ts";
import { Session } from "../e2e/client.ts";
import { fetchFrom } from "../e2e/web.ts";
import { ClusterStack } from "./cluster-stack.ts";

const domain = "one.test";
/** Nobody's on the node's network: kube-proxy takes what goes there. */
const address = "10.89.0.200";
const stack = new ClusterStack("kube-balancer", 17, { publish: undefined });
let said: string;

interface Service extends Item {
  readonly spec: { readonly type: string; readonly externalTrafficPolicy: string; readonly ports: readonly { readonly port: number }[] };
}
const service = async () => (await stack.kubectl()).get<Service>("service", "xmpp");

async function giveAddress(): Promise<void> {
  while ((await service()) === undefined) await delay(200);
  await stack.ask("patch", "service", "xmpp", "--subresource", "status", "--type", "merge", "--patch", JSON.stringify({ status: { loadBalancer: { ingress: [{ ip: address }] } } }));
}

beforeAll(async () => {
  stack.settings = { ...stack.settings, kubernetes: { ...(stack.settings.kubernetes as object), service: { annotations: { "example.org/pool": "xmpp" } } } };
  [said] = await Promise.all([stack.up(), giveAddress()]);
}, 400_000);
afterAll(async () => {
  await Session.closeAll();
  await stack.remove();
});

test("up waits for its address, and logs in there, by the usual ports", async () => {
  expect(said).toContain(`login: waiting for admin@${domain} at xmpp://${address}:5222\nlogin: works\nfront: answers at ${address} port 443`);
  const found = (await service())!;
  expect(found.spec).toMatchObject({ type: "LoadBalancer", externalTrafficPolicy: "Local" });
  expect(found.spec.ports.map(({ port }) => port).toSorted((a, b) => a - b)).toEqual([80, 443, 5000, 5222, 5223, 5269, 5270]);
  expect(found.metadata.annotations).toMatchObject({ "example.org/pool": "xmpp" });
});

test("clients come in by it", async () => {
  const session = await Session.open({ service: `xmpps://${address}:5223`, domain, username: "admin", password: stack.outputs.adminPassword });
  expect(await session.ping()).toBe(true);
  expect((await fetchFrom(`https://${domain}/`, { host: address })).status).toBe(200);
});

test("a second up leaves the address alone, and changes nothing", async () => {
  const before = await stack.versions();
  expect(await stack.up()).toContain("login: works");
  expect(await stack.versions()).toEqual(before);
});
