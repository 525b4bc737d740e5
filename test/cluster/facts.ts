// Where the cluster of the tests lives, and what it is made of.
import { homedir } from "node:os";
import { join } from "node:path";

const cache = process.env.XDG_CACHE_HOME || join(homedir(), ".cache");

/** What is built once: programs and images, by content. */
export const builds = join(cache, "prosody-stack/cluster");
export const programs = join(builds, "bin");
export const images = join(builds, "images");

/** What the running cluster keeps; `down --data` removes it. */
export const state = join(homedir(), ".local/state/prosody-stack-cluster");
/** Sockets, which want short paths, and what containerd keeps in memory. */
export const runtime = "/run/prosody-stack-cluster";
export const containerd = join(runtime, "containerd.sock");
export const kubeconfig = join(state, "kubeconfig/admin.conf");

export const versions = {
  kubernetes: "v1.34.4",
  coredns: "v1.14.7",
  localPathProvisioner: "v0.0.30",
} as const;

/** Addresses: the node's is on a bridge of its own, so that nothing listens on the machine's outer interface. */
export const node = { name: "node", address: "10.89.0.1", bridge: "psc-node" } as const;
export const pods = { subnet: "10.244.0.0/24", gateway: "10.244.0.1", bridge: "psc-pods" } as const;
export const services = { subnet: "10.96.0.0/16", dns: "10.96.0.10", domain: "cluster.local" } as const;

/** Images as they are imported, by the name of the program that is all of each. */
export const scratchImages = {
  pause: "localhost/pause:1",
  coredns: `localhost/coredns:${versions.coredns.slice(1)}`,
  "local-path-provisioner": `localhost/local-path-provisioner:${versions.localPathProvisioner.slice(1)}`,
} as const;
