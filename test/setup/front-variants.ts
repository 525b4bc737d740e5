// Settings by which Nginx's configuration differs, beside those of a stack of its own domains.

type Given = Readonly<Record<string, unknown>>;

const domains = [{ name: "bücher.example" }, { name: "a.example", rooms: "rooms.example" }];
const ipv6 = { network: { ipv6: true } };
const proxied = { front: { behindProxy: ["192.0.2.1", "2001:db8::/32"] }, publish: { http: 8080 } };

/** A line for each, by what is special about it. All of them have a front. */
export const frontVariants: Readonly<Record<string, Given>> = {
  "the defaults": {},
  "two domains, one of them international": { domains },
  "IPv6": { ...ipv6 },
  "no plain HTTP": { publish: { http: 0 } },
  "another port for HTTPS": { publish: { https: 8443 } },
  "behind a proxy": proxied,
  "behind a proxy, with two domains and IPv6": { ...proxied, ...ipv6, domains },
  "a load balancer": { publish: { proxyProtocol: ["192.0.2.0/24", "2001:db8::1"] } },
  "a load balancer, with two domains and IPv6": { publish: { proxyProtocol: ["192.0.2.1"] }, ...ipv6, domains },
  "no networks for administrators": { front: { adminNetworks: [] } },
  "a Prometheus of the operator's own": { monitoring: "external", scrape: { networks: ["192.0.2.9", "2001:db8::/32"] }, database: "postgresql", turn: { enabled: true, externalAddress: "203.0.113.7" }, domains },
  "a Prometheus of the operator's own, behind a proxy": { ...proxied, monitoring: "external", scrape: { networks: ["192.0.2.9"] } },
  "a Grafana": { monitoring: "own", grafana: { image: `docker.io/grafana/grafana@sha256:${"0".repeat(64)}` } },
  "no web client": { webClient: { enabled: false } },
  "the compliance policy": { policies: { compliance: true } },
  "the compliance policy, behind a proxy": { ...proxied, policies: { compliance: true } },
  "the least of each limit": {
    front: { connectionsPerAddress: 1, requestsPerSecond: 1, requestBurst: 1, workers: 1, memory: "32MiB" },
    uploads: { maxSize: "1B", dailyQuota: "1B", totalQuota: "1B" },
    limits: { c2sStanza: "1B" },
    logs: { level: "error" },
  },
  "the most of each limit": {
    front: { connectionsPerAddress: 65535, requestsPerSecond: 100_000, requestBurst: 100_000, workers: 64, memory: "1TiB" },
    uploads: { maxSize: "1TiB", dailyQuota: "1TiB", totalQuota: "1TiB" },
    limits: { c2sStanza: "1GiB" },
    logs: { level: "debug" },
  },
};
