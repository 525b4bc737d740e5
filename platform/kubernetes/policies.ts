// Who may connect to whom: nobody, then what the workloads declare.
import type * as kubernetes from "@pulumi/kubernetes";
import { ipVersion } from "../../settings/subnets.ts";
import type { PlatformArgs, WorkloadArgs } from "../workload.ts";
import { innerPorts, publishedPorts, selectorOf } from "./names.ts";

type PolicySpec = kubernetes.types.input.networking.v1.NetworkPolicySpec;

const tcp = (port: number) => ({ protocol: "TCP", port });

/** All pods of the namespace: nobody in, nobody out, but for names. */
export const onlyNames: PolicySpec = {
  podSelector: {},
  policyTypes: ["Ingress", "Egress"],
  egress: [
    {
      to: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "kube-system" } }, podSelector: { matchLabels: { "k8s-app": "kube-dns" } } }],
      ports: [{ protocol: "UDP", port: 53 }, tcp(53)],
    },
  ],
};

/** What a workload declares, by the name of the policy. */
export function policiesOf(args: WorkloadArgs, settings: PlatformArgs): Record<string, PolicySpec> {
  const inner = innerPorts(args);
  const callers = [...new Set(inner.flatMap(({ from }) => from))].toSorted();
  const pods = (workload: string) => ({ podSelector: { matchLabels: selectorOf(settings, workload) } });
  const toOwn = (caller: string) => inner.filter(({ from }) => from.includes(caller)).map(({ port }) => tcp(port));
  const open = publishedPorts(args, settings).map(({ port }) => tcp(port));
  return {
    [args.name]: {
      ...pods(args.name),
      policyTypes: ["Ingress", "Egress"],
      ingress: [...(open.length > 0 ? [{ ports: open }] : []), ...callers.map((caller) => ({ from: [pods(caller)], ports: toOwn(caller) }))],
      // An empty list would be another change with every apply: the API server keeps none.
      ...(args.reaches === "anybody" ? { egress: [{ to: outside(settings) }] } : {}),
    },
    // The other end of each edge, for the one who connects.
    ...Object.fromEntries(
      callers.map((caller) => [
        `${caller}-to-${args.name}`,
        { ...pods(caller), policyTypes: ["Egress"], egress: [{ to: [pods(args.name)], ports: toOwn(caller) }] },
      ]),
    ),
  };
}

/** Every address but those of pods: a server of the same stack is reached by its published address, as by everybody. */
function outside({ kubernetes: { podNetworks } }: PlatformArgs): { ipBlock: { cidr: string; except?: string[] } }[] {
  return ([4, 6] as const).map((version) => {
    const except = podNetworks.filter((network) => ipVersion(network) === version);
    return { ipBlock: { cidr: version === 4 ? "0.0.0.0/0" : "::/0", ...(except.length > 0 ? { except } : {}) } };
  });
}
