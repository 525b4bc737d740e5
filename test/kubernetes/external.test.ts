// A Prometheus of the operator's own outside of the cluster: it gets every figure by the node's port, goes on while its token changes, and nobody else gets one.
import { afterAll, beforeAll, expect, test } from "vitest";
import { ipv4 } from "../cluster/addresses.ts";
import { ClusterStack } from "./cluster-stack.ts";
import { PrometheusBeside } from "./prometheus-beside.ts";

const stack = new ClusterStack("kube-external", 20, {
  database: "postgresql",
  backup: { enabled: true },
  storage: { data: "64MiB", uploads: "64MiB", database: "512MiB", backup: "512MiB" },
  prometheus: { interval: "5s" },
  probes: { interval: "10s" },
  monitoring: "external",
});
const prometheus = new PrometheusBeside(stack, "172.31.71.0/24");
const node = ipv4.pods.replace(/0\/24$/, "1"); // as the front sees what comes from the node itself
const scrape = (more: object = {}) => (stack.settings = { ...stack.settings, scrape: { networks: [prometheus.address], ...more } });
let first: string;

const token = () => (stack.outputs as unknown as { scrapeToken: string }).scrapeToken;
const identities = () => Promise.all(["nginx", "prosody", "exporters", "probes", "postgres", "backup"].map((service) => stack.identity(service)));

/** What the node is answered. */
const asked = async (authorization?: string) => (await stack.fetch(`https://one.test:${stack.ports.https}/scrape/prosody`, { headers: authorization === undefined ? {} : { authorization } })).status;

beforeAll(async () => {
  scrape();
  await stack.up();
  first = token();
  await prometheus.start("of somebody else");
}, 600_000);

afterAll(async () => {
  await prometheus.remove();
  await stack.remove();
});

test("with a wrong token it gets nothing, with the right one figures of everything but the machines", async () => {
  await prometheus.allRefused();
  prometheus.give(first);
  await prometheus.allUp();
  expect((await prometheus.targets()).map(({ labels }) => `${labels.stack} ${labels.job} ${labels.instance}`).toSorted()).toEqual(
    ["backup backup", "blackbox client one.test", "blackbox https one.test", "blackbox server one.test", "nginx nginx", "postgres postgres", "probes probes", "prosody prosody"].map((one) => `${stack.namespace} ${one}`),
  );
  for (const up of ["pg_up", "nginx_up", "probe_success"]) await prometheus.allOne(up);
});

test("its rules are computed, and none of its targets is missing", async () => {
  await prometheus.computesRules();
});

test("another network is refused, whatever it has", async () => {
  expect([await asked(`Bearer ${first}`), await asked()]).toEqual([403, 403]);
});

test("another token is taken by it without another pod, and without a scrape that fails", async () => {
  const [before, began] = [await identities(), Date.now()];
  scrape({ tokenGeneration: 2 });
  await stack.up();
  expect(token()).not.toBe(first);
  await prometheus.allUp(); // by the one before, still
  prometheus.give(token());
  await prometheus.allUp();
  scrape({ networks: [prometheus.address, node], tokenGeneration: 3 });
  await stack.up();
  await prometheus.allUp();
  expect(await identities()).toEqual(before);
  expect(before).not.toContainEqual(expect.objectContaining({ startedAt: "" }));
  expect(await prometheus.hasFailedSince(began)).toBe(false);
});

test("who comes from its networks without a token, with a wrong one or with one from before, is asked for it", async () => {
  for (const authorization of [undefined, `Bearer ${token()}x`, `Bearer ${first}`]) expect(await asked(authorization)).toBe(401);
  expect(await asked(`Bearer ${token()}`)).toBe(200);
});
