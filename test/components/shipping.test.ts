// A stack that ships its logs, as the program registers it.
import { beforeAll, describe, expect, test } from "vitest";
import { renderManifests } from "../../render/kubernetes.ts";
import { type Rendered } from "../../render/render.ts";
import { pair } from "../setup/certificates.ts";
import { type Policy, type Pod, allowed } from "./network-policies.ts";
import { type Service, dev, directoryOfTest, fileOf, named, place, rendered, uploadsOf } from "./stack.ts";

const full = { ...dev, domains: [{ name: "bücher.example" }], database: "postgresql", turn: { enabled: true }, backup: { enabled: true }, monitoring: "own", logs: { format: "json" } };
const ship = { syslog: { host: "logs.example.org" }, otlp: { endpoint: "https://collector.example.org/v1/logs", headers: { Authorization: 'Bearer "of the stack"' } } };
const workloads = ["prosody", "nginx", "postgres", "coturn", "redis", "prometheus", "alertmanager", "exporters", "node-exporter", "probes", "backup"] as const;
let without: Rendered;
let stack: Rendered;
beforeAll(async () => {
  without = await rendered(full);
  stack = await rendered({ ...full, logs: { format: "json", ship } });
});

const container = (name: string, from = stack) => named(from.recording.registrations, `${name}-server-container`).inputs;
const files = (name: string, from = stack) => uploadsOf(from, name as Service).map(({ file }) => file);
const configuration = async (settings: object) => fileOf(await rendered({ ...full, logs: { format: "json", ship: settings } }), "logs", "syslog-ng.conf");

test("nothing of it is there unless it is set", () => {
  expect(without.recording.registrations.map(({ name }) => name)).not.toContain("logs-server-container");
  for (const workload of workloads) expect(files(workload, without), workload).not.toContain("/staged/plain/log-collector");
});

test("every service is told by a file where the collector is, and is the very container that it was", () => {
  for (const workload of workloads) {
    expect(fileOf(stack, workload as Service, "plain/log-collector"), workload).toBe("logs 5514\n");
    expect(container(workload), workload).toEqual(container(workload, without));
  }
});

test("the collector sends itself nothing, and backups have no copy of where it is", () => {
  expect(files("logs").toSorted()).toEqual(["/staged/plain/metrics-port", "/staged/plain/syslog-ng.conf", "/staged/secret/secrets/headers.conf"]);
  expect(files("backup").filter((file) => file.endsWith("/log-collector"))).toEqual(["/staged/plain/log-collector"]);
});

test("it is hardened as all are, and has nothing of the machine", () => {
  expect(container("logs")).toMatchObject({ user: "5514:5514", readOnly: true, capabilities: { drops: ["ALL"] }, memory: 64, ports: [] });
  expect((container("logs").volumes as { hostPath?: string }[]).filter(({ hostPath }) => hostPath !== undefined)).toEqual([]);
});

test("where nobody watches it tells no figures", async () => {
  const unwatched = await rendered({ ...full, monitoring: "off", logs: { format: "json", ship } });
  expect(files("logs", unwatched)).not.toContain("/staged/plain/metrics-port");
});

describe("what it reads", () => {
  test("headers are in a file that only it reads, quoted, and nowhere else", () => {
    expect(fileOf(stack, "logs", "secrets/headers.conf")).toBe('headers("Content-Type: application/json", "Authorization: Bearer \\"of the stack\\"")\n');
    expect(fileOf(stack, "logs", "syslog-ng.conf")).not.toContain("Bearer");
  });

  test("who is sent lines: by TLS, with the public authorities or with one that is given", async () => {
    expect(fileOf(stack, "logs", "syslog-ng.conf")).toContain('"logs.example.org" port(6514) transport("tls")\n\t\ttls(ca-file("/etc/ssl/certs/ca-certificates.crt")');
    const { certificate } = await pair(["logs.example.org"]);
    const own = await rendered({ ...full, logs: { format: "json", ship: { syslog: { ...ship.syslog, port: 7000, ca: certificate } } } });
    expect(fileOf(own, "logs", "syslog-ng.conf")).toContain('"logs.example.org" port(7000) transport("tls")\n\t\ttls(ca-file("/run/logs/release/syslog-ca.crt")');
    expect(fileOf(own, "logs", "syslog-ca.crt")).toBe(certificate);
  });

  test("by plain TCP there is no certificate to look at, and what is not set is not there", async () => {
    const plain = await configuration({ syslog: { host: "192.0.2.1", tls: false } });
    expect(plain).toContain('"192.0.2.1" port(601) transport("tcp")');
    expect(plain).not.toMatch(/ca-file|http\(/);
    expect(await configuration({ otlp: { endpoint: "http://192.0.2.1:4318/v1/logs" } })).not.toContain("syslog(");
  });

  test("names the stack, and how much is kept for each", async () => {
    const text = await configuration({ ...ship, buffer: "16MiB" });
    expect(text).toContain('set("xmpp-dev" value(".SDATA.stack@32473.stack"))');
    expect(text).toContain('set("xn--bcher-kva.example" value("HOST"))');
    expect(text.match(/capacity-bytes\(16777216\)/g)).toHaveLength(2);
  });
});

test("in a cluster every service reaches it, and it reaches the outside and no other workload", async () => {
  const { domains, database, turn, monitoring } = full;
  const { manifests } = await renderManifests({ stack: "test", ...place(directoryOfTest(), { platform: "kubernetes", domains, database, turn: { ...turn, externalAddress: "203.0.113.7" }, monitoring, logs: { ship } }) });
  const policies = manifests.filter(({ object }) => object.kind === "NetworkPolicy").map(({ object }) => object as unknown as Policy);
  const pod = (name: string, namespace = "xmpp-test", address = "10.0.0.1"): Pod => ({ namespace, address, labels: { "app.kubernetes.io/instance": "xmpp-test", "app.kubernetes.io/name": name, "app.kubernetes.io/component": "service" } });
  const collector = pod("logs", "xmpp-test", "10.0.0.2");
  for (const name of workloads) {
    const from = pod(name, ["coturn", "node-exporter"].includes(name) ? "xmpp-test-host" : "xmpp-test");
    expect(allowed(policies, from, collector, 5514), name).toBe(true);
    expect(allowed(policies, from, collector, 5515), name).toBe(false);
    expect(allowed(policies, collector, from, 5432), name).toBe(false);
  }
  expect(allowed(policies, collector, { address: "203.0.113.9" }, 6514)).toBe(true);
  expect(["prometheus", "nginx", "prosody"].filter((name) => allowed(policies, pod(name), collector, 9577))).toEqual(["prometheus"]);
});
