// A Prometheus of the operator's own: it gets every figure through the front, goes on while its token changes, and nobody else gets one.
import { afterAll, beforeAll, expect, test } from "vitest";
import { OutsidePrometheus } from "./outside-prometheus.ts";
import { TestStack } from "./stack.ts";
import { turnSettings } from "./turn/turn-settings.ts";
import { fetchFrom } from "./web.ts";

// The port that is published is the one on which the front listens, so that one scrape file is right for both ways to it.
const [machine, https] = ["127.0.44.1", 8443];
const stack = new TestStack("external", 44);
const prometheus = new OutsidePrometheus(stack);
const gateway = prometheus.address.replace(/200$/, "1");
stack.settings = {
  ...stack.settings,
  publish: { ...stack.ports, https, addresses: [machine] },
  database: "postgresql",
  turn: turnSettings(stack),
  backup: { enabled: true },
  prometheus: { interval: "5s" },
  monitoring: "external",
  scrape: { networks: [prometheus.address] },
};
let said: string;
let first: string;

const token = () => (stack.outputs as unknown as { scrapeToken: string }).scrapeToken;
const containers = ["nginx", "prosody", "exporters", "probes"].map((name) => `${stack.namespace}-${name}`);
const identities = () => Promise.all([...containers, prometheus.container].map((name) => stack.identity(name)));

/** From this machine, which comes with the address of the network's gateway. */
const asked = (authorization?: string, path = "/scrape/prosody") => fetchFrom(`https://one.test:${https}${path}`, { host: machine, headers: authorization === undefined ? {} : { authorization } });

beforeAll(async () => {
  said = await stack.up();
  first = token();
  await prometheus.start("of somebody else");
});

afterAll(async () => {
  await prometheus.remove();
  await stack.remove();
});

test("up tells where the token is, and shows it to nobody", async () => {
  expect(said).toContain(`npm run output -- --stack ${stack.name} scrapeToken --show-secrets`);
  expect(said).not.toContain(first);
  expect(await stack.succeed("output", "scrapeToken")).toBe("[secret]");
});

test("with a wrong token it gets nothing", async () => {
  await prometheus.allRefused();
});

test("with the right one, put into its file, it gets figures of everything, without a restart", async () => {
  prometheus.give(first);
  await prometheus.allUp();
  expect((await prometheus.targets()).map(({ labels }) => `${labels.stack} ${labels.job} ${labels.instance}`).toSorted()).toEqual(
    ["backup backup", "blackbox client one.test", "blackbox https one.test", "blackbox server one.test", "nginx nginx", "node node", "postgres postgres", "probes probes", "prosody prosody", "redis redis"].map((one) => `${stack.namespace} ${one}`),
  );
  for (const up of ["pg_up", "redis_up", "nginx_up", "probe_success"]) await prometheus.allOne(up);
});

test("its rules are computed", async () => {
  await prometheus.computesRules();
});

test("another network is refused, whatever it has", async () => {
  expect((await asked(`Bearer ${first}`)).status).toBe(403);
  expect((await asked()).status).toBe(403);
});

test("another token is taken by it without a restart of anything, and without a scrape that fails", async () => {
  const [before, began] = [await identities(), Date.now()];
  stack.settings = { ...stack.settings, scrape: { networks: [prometheus.address], tokenGeneration: 2 } };
  await stack.up();
  expect(token()).not.toBe(first);
  await prometheus.allUp(); // by the one before, still
  prometheus.give(token());
  await prometheus.allUp();
  stack.settings = { ...stack.settings, scrape: { networks: [prometheus.address, gateway], tokenGeneration: 3 } };
  await stack.up();
  await prometheus.allUp();
  expect(await identities()).toEqual(before);
  expect(await prometheus.hasFailedSince(began)).toBe(false);
});

test("who comes from its networks without a token, with a wrong one or with one from before, is asked for it", async () => {
  for (const authorization of [undefined, "Bearer", `Bearer ${token().toLowerCase()}`, `Bearer ${token()}x`, `Basic ${token()}`, `Bearer ${first}`]) {
    const { status, headers } = await asked(authorization);
    expect([authorization === undefined, status, headers["www-authenticate"]]).toEqual([authorization === undefined, 401, "Bearer"]);
  }
  expect(await asked(`Bearer ${token()}`)).toMatchObject({ status: 200 });
});

test("nobody says what the blackbox exporter tries but the stack", async () => {
  const { status, body } = await asked(`Bearer ${token()}`, "/scrape/blackbox/client/one.test?target=redis:6379&module=none");
  expect(status).toBe(200);
  expect(body.toString()).toContain("\nprobe_success 1\n");
});

test("no log has a token", async () => {
  for (const name of containers) expect(await stack.logs(name)).not.toContain(token());
});
