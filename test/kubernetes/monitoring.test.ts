// Monitoring on a cluster: who watches reaches all that is watched, past the policies, and nobody else does.
import { afterAll, beforeAll, expect, test } from "vitest";
import { Session } from "../e2e/client.ts";
import { Prometheus } from "../e2e/prometheus.ts";
import { eventually } from "../image/docker.ts";
import { ClusterStack } from "./cluster-stack.ts";

const stack = new ClusterStack("kube-watched", 13, {
  database: "postgresql",
  monitoring: "own",
  prometheus: { interval: "5s", keepSize: "50MB" },
  probes: { interval: "10s" },
  storage: { data: "64MiB", uploads: "64MiB", database: "512MiB", monitoring: "128MiB" },
});
const prometheus = new Prometheus((command) => stack.ask("exec", "prometheus-0", "--container", "prometheus", "--", ...command));

beforeAll(async () => {
  await stack.up();
}, 600_000);

afterAll(async () => {
  await Session.closeAll();
  await stack.remove();
});

test("gets figures of every service, and of the node", async () => {
  const jobs = ["alertmanager", "blackbox", "blackbox", "blackbox", "nginx", "node", "postgres", "probes", "prometheus", "prosody"];
  await eventually("an answer of every target", async () => (await prometheus.targets()).every(({ health }) => health === "up"), 120);
  expect((await prometheus.targets()).map(({ labels }) => labels.job).toSorted()).toEqual(jobs);
});

test("sees that services answer whoever comes", async () => {
  const failing = async (up: string) => (await prometheus.query(`${up} != 1`)).map(({ metric }) => metric.probe ?? metric.instance);
  for (const up of ["pg_up", "nginx_up", "probe_success", "stack_probe_success"]) {
    await eventually(`${up} is there`, async () => (await prometheus.query(up)).length > 0, 120);
    await expect.poll(() => failing(up), { timeout: 120_000 }).toEqual([]);
  }
});

test("has figures of each service's container", async () => {
  const services = ["alertmanager", "exporters", "nginx", "node-exporter", "postgres", "probes", "prometheus", "prosody"];
  for (const figure of ["memory_bytes", "memory_limit_bytes", "cpu_seconds_total", "start_time_seconds", "network_receive_bytes_total"]) {
    const found = async () => (await prometheus.query(`stack_container_${figure}`)).map(({ metric }) => metric.workload).toSorted();
    await eventually(`${figure} of each`, async () => (await found()).length === services.length, 120);
    expect(await found(), figure).toEqual(services);
  }
});

test("another release of its rules is taken without another pod", async () => {
  const before = await stack.identity("prometheus");
  stack.settings = { ...stack.settings, prometheus: { interval: "6s", keepSize: "50MB" } };
  await stack.up();
  expect(await stack.identity("prometheus")).toEqual(before);
  await eventually("a scrape after that time", async () => (await prometheus.query("prometheus_target_interval_length_seconds_count")).some(({ metric }) => metric.interval === "6s"), 120);
});
