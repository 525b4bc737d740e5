// The community scale as its defaults have it: everything that it is made of, working together.
import { readFileSync } from "node:fs";
import { xml } from "@xmpp/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { dockerOutput, eventually } from "../image/docker.ts";
import { stanzaId } from "./client.ts";
import { Prometheus } from "./prometheus.ts";
import { TurnStack } from "./turn/turn-stack.ts";
import { fetchFrom } from "./web.ts";

const all = new TurnStack("community", 18, {}, { scale: "community", backup: { enabled: true }, prometheus: { interval: "5s" } });
const { stack } = all;
// This machine comes to the published addresses as the gateway, which is a stranger's address unless it is named by itself.
const { front } = stack.settings.network as { front: string };
stack.settings = { ...stack.settings, front: { adminNetworks: [front.replace(".0/24", ".1")] } };
const services = ["alertmanager", "backup", "coturn", "exporters", "nginx", "node-exporter", "postgres", "probes", "prometheus", "prosody", "redis"];
let said: string;

beforeAll(async () => {
  said = await all.create("alice", "bob");
});

afterAll(() => all.remove());

test("up ends in a login, an answer of the front and one of the TURN server", () => {
  for (const line of ["login: works", /^front: answers at /, /^calls: the TURN server answers at /]) expect(said.split("\n")).toContainEqual(expect.stringMatching(line));
});

test("it is these services", async () => {
  const running = (await stack.containers()).filter((name) => !name.endsWith("-deliver"));
  expect(running).toEqual(services.map((service) => `${stack.namespace}-${service}`));
});

test("a message is archived in PostgreSQL", async () => {
  const [alice, bob] = [await all.session("alice"), await all.session("bob")];
  await bob.send(xml("presence"));
  await bob.next("its own presence", (stanza) => stanza.is("presence") && stanza.attrs.from === bob.jid);
  await alice.send(xml("message", { to: bob.bare, type: "chat" }, xml("body", {}, "Shall we call?")));
  const id = stanzaId(await bob.message("Shall we call?"));
  const rows = await dockerOutput(["exec", `${stack.namespace}-postgres`, "/usr/lib/postgresql/17/bin/psql", "-XAt", "-h", "/run/postgresql", "-U", "postgres", "-d", "prosody", "-c", `SELECT "user" FROM prosodyarchive WHERE "key" = '${id}'`]);
  expect(rows.trim()).toBe("bob");
});

test("a call's data goes through a relay, with what a user was told over XMPP", async () => {
  const client = await all.client(await all.credentials(await all.session("alice")));
  await client.allocate();
  const peer = await all.network.peer(10);
  await client.permit(peer.address);
  client.send(peer, Buffer.from("hello"));
  await eventually("the peer's answer", () => Promise.resolve(client.received.length > 0));
});

describe("its monitoring", () => {
  const prometheus = new Prometheus((command) => dockerOutput(["exec", `${stack.namespace}-prometheus`, ...command]));

  test("gets figures of every service, and of the machine", async () => {
    const jobs = ["alertmanager", "backup", "blackbox", "blackbox", "blackbox", "nginx", "node", "postgres", "probes", "prometheus", "prosody", "redis"];
    await eventually("an answer of every target", async () => (await prometheus.targets()).every(({ health }) => health === "up"), 60);
    expect((await prometheus.targets()).map(({ labels }) => labels.job).toSorted()).toEqual(jobs);
  });

  test("sees that services answer, and until when their certificates are valid", async () => {
    for (const up of ["pg_up", "redis_up", "nginx_up", "probe_success"]) {
      await eventually(up, async () => {
        const found = await prometheus.query(up);
        return found.length > 0 && found.every(({ value }) => value[1] === "1");
      }, 60);
    }
    const valid = await prometheus.query("(probe_ssl_earliest_cert_expiry - time()) / 86400");
    expect(valid.map(({ metric }) => metric.instance).toSorted()).toEqual(["client one.test", "https one.test", "server one.test"]);
    for (const { value } of valid) expect(Number(value[1])).toBeGreaterThan(364);
  });

  test("counts the relays of calls", async () => {
    const client = await all.client(await all.credentials(await all.session("bob")));
    await client.allocate();
    await eventually("a relay", async () => (await prometheus.query("redis_keys_count")).some(({ value }) => Number(value[1]) > 0), 60);
  });

  test("has figures of each container, and they are the engine's", async () => {
    for (const figure of ["memory_bytes", "memory_limit_bytes", "cpu_seconds_total", "cpu_throttled_seconds_total", "start_time_seconds", "network_receive_bytes_total", "network_transmit_bytes_total"]) {
      const found = async () => (await prometheus.query(`stack_container_${figure}`)).map(({ metric }) => metric.workload).toSorted();
      await eventually(`${figure} of each`, async () => (await found()).length === services.length, 60);
      expect(await found(), figure).toEqual(services);
    }
    for (const service of services) {
      const [limit, started] = (await dockerOutput(["inspect", "--format", "{{.HostConfig.Memory}} {{.State.StartedAt}}", `${stack.namespace}-${service}`])).trim().split(" ");
      const told = async (figure: string) => Number((await prometheus.query(`stack_container_${figure}{workload="${service}"}`))[0]!.value[1]);
      expect(await told("memory_limit_bytes"), service).toBe(Number(limit));
      // The engine makes the process, then its network, and then calls it started.
      const earlier = Date.parse(started!) / 1000 - (await told("start_time_seconds"));
      expect([service, earlier > -1 && earlier < 30, earlier]).toEqual([service, true, earlier]);
      expect(await told("memory_bytes"), service).toBeGreaterThan(2 ** 20);
    }
  });

  test("has figures of the machine's network, and not of a container's", async () => {
    const card = /^(\S+)\t00000000\t/m.exec(readFileSync("/proc/net/route", "utf8"))![1]!;
    const received = () => Number(new RegExp(`^ *${card}: *(\\d+)`, "m").exec(readFileSync("/proc/net/dev", "utf8"))![1]);
    const before = received();
    const told = async () => Number((await prometheus.query(`node_network_receive_bytes_total{device="${card}"}`))[0]?.value[1]);
    await eventually("a figure of now", async () => (await told()) >= before, 60);
    expect(await told()).toBeLessThanOrEqual(received());
  });

  test("takes another interval without a restart", async () => {
    const containers = ["prometheus", "alertmanager", "prosody"].map((name) => `${stack.namespace}-${name}`);
    const before = await Promise.all(containers.map((name) => stack.identity(name)));
    stack.settings = { ...stack.settings, prometheus: { interval: "6s" } };
    await stack.up();
    expect(await Promise.all(containers.map((name) => stack.identity(name)))).toEqual(before);
    await eventually("a scrape after that time", async () => (await prometheus.query("prometheus_target_interval_length_seconds_count")).some(({ metric }) => metric.interval === "6s"), 60);
  });

  test("tells Alertmanager of what is down, and of its return", async () => {
    const firing = async () => (await alertsOfAlertmanager()).filter(({ labels }) => labels.alertname === "TargetDown").map(({ labels }) => labels.job);
    await dockerOutput(["stop", `${stack.namespace}-exporters`]);
    await eventually("alerts of all that it tells of", async () => new Set(await firing()).isSupersetOf(new Set(["blackbox", "nginx", "postgres", "redis"])), 240);
    await dockerOutput(["start", `${stack.namespace}-exporters`]);
    await eventually("no alert", async () => (await firing()).length === 0, 120);
  }, 420_000);

  /** By its site, as an administrator's network reaches it. */
  async function alertsOfAlertmanager(): Promise<readonly { labels: Readonly<Record<string, string>> }[]> {
    const { status, body } = await fetchFrom(`https://one.test:${stack.ports.https}/alertmanager/api/v2/alerts`, { host: all.machine });
    expect(status).toBe(200);
    return JSON.parse(body.toString()) as { labels: Record<string, string> }[];
  }
});
