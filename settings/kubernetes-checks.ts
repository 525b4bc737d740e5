// Combinations of settings that cannot work on a cluster.
import { everywhere } from "./defaults.ts";
import { boundPorts } from "./ports.ts";
import type { Problem } from "./problems.ts";
import type { Settings } from "./schema.ts";

/** The ports that a cluster gives to Services of type NodePort unless it was told otherwise. */
const nodePorts = { first: 30_000, last: 32_767 };

/** What is wrong with how a cluster is used; nothing where the platform is another one. */
export function kubernetesProblems(settings: Settings): Problem[] {
  if (settings.platform !== "kubernetes") return [];
  return [...portsOfNodes(settings), ...administratorsOfEverywhere(settings), ...volumeOfUploads(settings)];
}

function portsOfNodes(settings: Settings): Problem[] {
  if (settings.kubernetes.service.type !== "NodePort") return [];
  return Object.entries(boundPorts(settings))
    .filter(([, port]) => port < nodePorts.first || port > nodePorts.last)
    .map(([name, port]) => ({ key: `publish.${name}`, text: `found ${port} with kubernetes.service.type NodePort, expected a port from ${nodePorts.first} to ${nodePorts.last}, or 0 to publish none` }));
}

/** With that policy everybody comes with an address of the cluster's own, which the default takes for an administrator's. */
function administratorsOfEverywhere({ front, kubernetes }: Settings): Problem[] {
  const isDefault = JSON.stringify(front.adminNetworks) === JSON.stringify(everywhere.front.adminNetworks);
  if (kubernetes.service.externalTrafficPolicy === "Local" || !isDefault) return [];
  return [{ key: "front.adminNetworks", text: "found the default with kubernetes.service.externalTrafficPolicy Cluster, where everybody comes with an address of the cluster; set it, to [] for nobody" }];
}

function volumeOfUploads({ storage, uploads, domains }: Settings): Problem[] {
  const needed = uploads.totalQuota * domains.length;
  return storage.uploads >= needed
    ? []
    : [{ key: "storage.uploads", text: `found ${storage.uploads} bytes, expected at least uploads.totalQuota of ${domains.length === 1 ? "the domain" : `all ${domains.length} domains`} (${needed} bytes)` }];
}
