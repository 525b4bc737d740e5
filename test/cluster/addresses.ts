// Names and addresses of the tests' cluster on this machine.
import { readFileSync } from "node:fs";

export const nodeName = "node";

/** A bridge of its own has the node's addresses: nothing of the cluster listens on what leads out of the machine. */
export const nodeInterface = "prosody-node";

/** For what only the cluster's own processes talk to; not 127.0.0.1, where others may listen on the same ports. */
export const loopback = "127.89.0.1";

export const clusterDomain = "cluster.local";

export const apiPort = 6443;

export interface Family {
  readonly version: 4 | 6;
  readonly node: string;
  readonly pods: string;
  readonly services: string;
  /** Of the names' service. */
  readonly names: string;
}

export const ipv4: Family = { version: 4, node: "10.89.0.1", pods: "10.244.0.0/24", services: "10.96.0.0/16", names: "10.96.0.10" };
export const ipv6: Family = { version: 6, node: "fd5a:91c3:7e57::1", pods: "fd5a:91c3:7e57:1::/64", services: "fd5a:91c3:7e57:2::/112", names: "fd5a:91c3:7e57:2::a" };

/** Both, where the machine has IPv6. The first is the one that services have when they do not ask for another. */
export const families: readonly Family[] = hasIpv6() ? [ipv4, ipv6] : [ipv4];

/** What of each family, separated by commas as Kubernetes' options take it. */
export function ofFamilies(key: "node" | "pods" | "services" | "names"): string {
  return families.map((family) => family[key]).join(",");
}

/** The first address of the services' range, which Kubernetes gives to its own API. */
export function firstService({ services }: Family): string {
  return services.replace(/(\.0)?\/\d+$/, (_, octet) => (octet === undefined ? "1" : ".1"));
}

function hasIpv6(): boolean {
  try {
    return readFileSync("/proc/sys/net/ipv6/conf/all/disable_ipv6", "utf8").trim() === "0";
  } catch {
    return false; // a kernel without it
  }
}
