// The tests' cluster as others use it: where it is, and how to talk to it.
import { join } from "node:path";
import { families, ipv4, ipv6 } from "./addresses.ts";
import { places } from "./places.ts";

export const kubectlPath = join(places.programs, "kubectl");
export const kubeconfig = join(places.kubeconfigs, "admin");

/** The node's addresses, which NodePorts are on: from this machine and from containers on it. */
export const nodeAddress = ipv4.node;
export const nodeAddress6 = families.includes(ipv6) ? ipv6.node : undefined;
