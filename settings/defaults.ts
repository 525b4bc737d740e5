// The scales and environments as data: a scale is nothing but these defaults, and any of them can be overridden.
import type { z } from "zod";
import type { settingsSchema } from "./schema.ts";

type Partially<T> = T extends readonly unknown[] ? T : T extends object ? { [K in keyof T]?: Partially<T[K]> } : T;
export type Defaults = Partially<z.input<typeof settingsSchema>>;
export type Scale = "personal" | "community" | "enterprise";
export type Environment = "development" | "production";

export const everywhere = {
  scale: "personal",
  environment: "production",
  adminPasswords: {},
  secrets: {},
  certificates: {},
  replicas: 1,
  health: { interval: "30s", timeout: "5s", retries: 3, startPeriod: "10s" },
  stopGrace: "30s",
  logs: { level: "info", format: "json", audit: "90d", maxSize: "10MB", maxFiles: 3, ship: { syslog: { tls: true }, otlp: { headers: {} }, buffer: "256MiB" } },
  network: {
    front: "172.30.10.0/24",
    back: "172.30.11.0/24",
    ipv6: false,
    front6: "fd00:30:10::/64",
    back6: "fd00:30:11::/64",
  },
  publish: { addresses: ["0.0.0.0"], c2s: 5222, c2sDirectTls: 5223, s2s: 5269, s2sDirectTls: 5270, https: 443, http: 80, proxy65: 5000, proxyProtocol: [] },
  tls: { validity: "1y", renewBefore: "30d" },
  limits: {
    c2s: { rate: "10kb/s", burst: "2s" },
    s2s: { rate: "30kb/s", burst: "2s" },
    c2sStanza: "256KiB",
    s2sStanza: "512KiB",
  },
  registration: { mode: "closed", openInProduction: false, confirm: true, inviteExpiry: "7d", blocklists: [], perAddress: 5, period: "1h" },
  passwords: { minLength: 8 },
  logins: { failuresPerAccount: 5, failuresPerAddress: 20, maxDelay: "15s", forgetAfter: "15min" },
  sessions: { perAccount: 20, perAddress: 256 },
  spam: { level: "standard", quarantine: "1h", block: [] },
  federation: { mode: "open", allow: [], domains: {} },
  front: {
    connectionsPerAddress: 256,
    requestsPerSecond: 50,
    requestBurst: 200,
    adminNetworks: ["127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"],
    behindProxy: [],
  },
  uploads: { maxSize: "10MB", dailyQuota: "100MB", totalQuota: "1GB", keep: "30d" },
  archive: { messages: "1y", rooms: "1y" },
  webClient: { enabled: true, colors: {}, language: "auto" },
  postgres: { memory: "192MiB", cpus: 1, passwordVersion: 1 },
  externalDatabase: { port: 5432, name: "prosody", user: "prosody", tls: "verify-full" },
  turn: { enabled: true, port: 3478, tlsPort: 5349, relay: { start: 49_152, count: 64 }, ttl: "12h", secretGeneration: 1, quotas: { allocations: 10, rate: "1MB" }, denied: [], memory: "64MiB" },
  storage: { data: "5GiB", uploads: "5GiB", database: "10GiB", backup: "20GiB", monitoring: "5GiB", logs: "1GiB" },
  generation: { current: 1 },
  backup: { enabled: true, schedule: "", keep: "30d", drill: { schedule: "" }, s3: { region: "us-east-1" }, memory: "512MiB", cpus: 1 },
  restore: { from: "local" },
  monitoring: "off",
  prometheus: { interval: "15s", keep: "15d", keepSize: "2GiB", memory: "128MiB" },
  grafana: { memory: "256MiB" },
  scrape: { networks: [], tokenGeneration: 1 },
  probes: { interval: "1min", memory: "64MiB" },
  alerts: { email: { to: [] } },
  kubernetes: {
    clusterDomain: "cluster.local",
    podNetworks: ["10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"],
    nameServers: ["169.254.20.10"],
    service: { type: "LoadBalancer", externalTrafficPolicy: "Local", annotations: {} },
    storage: { shared: "ReadWriteOnce" },
    publishNodes: {},
    certManager: { issuerKind: "ClusterIssuer" },
    ipFamilies: "SingleStack",
  },
  modules: { classes: ["core", "security", "beta"], add: {}, remove: {} },
  policies: { security: true, performance: false, compliance: false },
} as const satisfies Defaults;

export const scaleDefaults = {
  personal: {
    platform: "docker",
    database: "sqlite",
    resources: { memory: "128MiB", cpus: 1, pids: 64 },
    front: { memory: "64MiB", workers: 1 },
    turn: { enabled: false },
    sessions: { total: 500 },
  },
  community: {
    platform: "docker",
    database: "postgresql",
    resources: { memory: "512MiB", cpus: 2, pids: 128 },
    front: { memory: "128MiB", workers: 2 },
    sessions: { total: 4000 },
    uploads: { totalQuota: "20GB" },
    postgres: { memory: "512MiB", cpus: 2 },
    storage: { data: "5GiB", uploads: "40GiB", database: "40GiB", backup: "160GiB" },
    backup: { schedule: "0 2 * * *", drill: { schedule: "0 4 * * 0" } },
    monitoring: "own",
    policies: { performance: true },
  },
  enterprise: {
    platform: "kubernetes",
    database: "postgresql",
    resources: { memory: "2GiB", cpus: 4, pids: 256 },
    front: { memory: "256MiB", workers: 2 },
    sessions: { total: 20_000 },
    uploads: { totalQuota: "200GB" },
    postgres: { memory: "4GiB", cpus: 4 },
    storage: { data: "10GiB", uploads: "400GiB", database: "200GiB", backup: "1200GiB", monitoring: "40GiB" },
    backup: { schedule: "0 2 * * *", drill: { schedule: "0 4 * * 0" }, memory: "1GiB" },
    monitoring: "own",
    prometheus: { keepSize: "16GiB", memory: "512MiB" },
    policies: { performance: true, compliance: true },
  },
} as const satisfies Record<Scale, Defaults>;

export const environmentDefaults = {
  development: { logs: { level: "info", format: "text" }, publish: { addresses: ["127.0.0.1"] } },
  production: {},
} as const satisfies Record<Environment, Defaults>;

/** What a stack gets before its own settings: later ones win, objects are merged, lists are replaced. */
export function defaultsFor(scale: Scale, environment: Environment, stack: string): Defaults {
  return [scaleDefaults[scale], environmentDefaults[environment], { scale, environment, namespace: `xmpp-${stack}` }].reduce<Defaults>(
    (merged, next) => merge(merged, next) as Defaults,
    everywhere,
  );
}

/** Objects merged key by key, everything else replaced by the later value. */
export function merge(earlier: unknown, later: unknown): unknown {
  if (later === undefined) return earlier;
  if (!isObject(earlier) || !isObject(later)) return later;
  const keys = new Set([...Object.keys(earlier), ...Object.keys(later)]);
  return Object.fromEntries([...keys].map((key) => [key, merge(earlier[key], later[key])]));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
