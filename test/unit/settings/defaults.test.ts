// The figures of each scale and environment, as the project was asked for.
import { describe, expect, test } from "vitest";
import { merge } from "../../../settings/defaults.ts";
import { settingsFrom } from "./parsed.ts";

const MiB = 2 ** 20;
const day = 86400;
const year = 31556952;
/** What a server in the open has to say besides. */
const turn = { externalAddress: "203.0.113.7" };
const scales = ["personal", "community", "enterprise"] as const;

describe.each(scales)("%s", (scale) => {
  const settings = settingsFrom({ scale, turn });

  test("limits", () => {
    expect(settings.limits).toEqual({
      c2s: { rate: "10kb/s", burst: 2 },
      s2s: { rate: "30kb/s", burst: 2 },
      c2sStanza: 256 * 1024,
      s2sStanza: 512 * 1024,
    });
  });
  test("uploads of 10 MB, kept 30 days", () => {
    expect(settings.uploads).toMatchObject({ maxSize: 10_000_000, dailyQuota: 100_000_000, keep: 30 * day });
  });
  test("archives are kept a year, not Prosody's week", () => {
    expect(settings.archive).toEqual({ messages: year, rooms: year });
  });
  test("health checks, stop grace and logs", () => {
    expect(settings.health).toEqual({ interval: 30, timeout: 5, retries: 3, startPeriod: 10 });
    expect(settings.stopGrace).toBe(30);
    expect(settings.logs).toEqual({ level: "info", format: "json", audit: 90 * day, maxSize: 10_000_000, maxFiles: 3, ship: { syslog: { tls: true }, otlp: { headers: {} }, buffer: 2 ** 28 } });
  });
  test("networks are private, IPv6 is off", () => {
    expect(settings.network).toEqual({ front: "172.30.10.0/24", back: "172.30.11.0/24", ipv6: false, front6: "fd00:30:10::/64", back6: "fd00:30:11::/64" });
  });
  test("ports", () => {
    expect(settings.publish).toEqual({ addresses: ["0.0.0.0"], c2s: 5222, c2sDirectTls: 5223, s2s: 5269, s2sDirectTls: 5270, https: 443, http: 80, proxy65: 5000, proxyProtocol: [] });
  });
  test("the front is for everybody, and its administrators' paths for private networks", () => {
    expect(settings.front).toMatchObject({
      connectionsPerAddress: 256,
      requestsPerSecond: 50,
      requestBurst: 200,
      adminNetworks: ["127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"],
      behindProxy: [],
    });
  });
  test("certificates of a year, renewed a month before", () => {
    expect(settings.tls).toEqual({ validity: year, renewBefore: 30 * day });
  });
  test("alpha modules are off", () => {
    expect(settings.modules).toEqual({ classes: ["core", "security", "beta"], add: {}, remove: {} });
  });
});

test.each([
  ["personal", 128 * MiB, 1, 64, { memory: 64 * MiB, workers: 1 }, "docker", "sqlite", 1e9],
  ["community", 512 * MiB, 2, 128, { memory: 128 * MiB, workers: 2 }, "docker", "postgresql", 20e9],
  ["enterprise", 2048 * MiB, 4, 256, { memory: 256 * MiB, workers: 2 }, "kubernetes", "postgresql", 200e9],
])("%s has its memory, CPUs, pids, front, platform, database and room for uploads", (scale, memory, cpus, pids, front, platform, database, totalQuota) => {
  const settings = settingsFrom({ scale, turn });
  expect(settings).toMatchObject({ scale, resources: { memory, cpus, pids }, front, platform, database });
  expect(settings.uploads.totalQuota).toBe(totalQuota);
});

test.each([
  ["personal", { security: true, performance: false, compliance: false }],
  ["community", { security: true, performance: true, compliance: false }],
  ["enterprise", { security: true, performance: true, compliance: true }],
])("%s has its policies", (scale, policies) => expect(settingsFrom({ scale, turn }).policies).toEqual(policies));

test("development is on the loopback address only", () => {
  expect(settingsFrom({ environment: "development" }).publish.addresses).toEqual(["127.0.0.1"]);
});

test("nothing but domains has to be set", () => {
  expect(settingsFrom()).toMatchObject({ scale: "personal", environment: "production", namespace: "xmpp-test", admins: [], replicas: 1 });
});

test("any default can be overridden, beside those that are not", () => {
  const settings = settingsFrom({ scale: "enterprise", turn: { enabled: false }, platform: "docker", resources: { memory: "1GiB" }, limits: { c2s: { burst: "5s" } }, publish: { addresses: ["::1"] }, front: { memory: "1GiB", adminNetworks: ["::1"] } });
  expect(settings.platform).toBe("docker");
  expect(settings.resources).toEqual({ memory: 1024 * MiB, cpus: 4, pids: 256 });
  expect(settings.limits.c2s).toEqual({ rate: "10kb/s", burst: 5 });
  expect(settings.publish).toMatchObject({ addresses: ["::1"], c2s: 5222 });
  expect(settings.front).toMatchObject({ memory: 1024 * MiB, workers: 2, adminNetworks: ["::1"] });
});

test("objects are merged, lists and scalars replaced, and undefined changes nothing", () => {
  expect(merge({ a: { b: 1, c: [1, 2] }, d: 1 }, { a: { c: [3] }, d: undefined, e: null })).toEqual({ a: { b: 1, c: [3] }, d: 1, e: null });
});
