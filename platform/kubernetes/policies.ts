// Who may connect to whom: nobody, then what the workloads declare.
import type * as kubernetes from "@pulumi/kubernetes";
import { ipVersion } from "../../settings/subnets.ts";
import { type PlatformArgs, type Port, type WorkloadArgs, completePort } from "../workload.ts";
import { innerPorts, machinePorts, publishedPorts, selectorOf } from "./names.ts";

/** A workload that connects to some ports of another. */
export interface Edge {
  readonly from: string;
  readonly to: string;
  readonly ports: readonly Port[];
}

export type PolicySpec = kubernetes.types.input.networking.v1.NetworkPolicySpec;

const tcp = (port: number) => ({ protocol: "TCP", port });

/** A port as policies write it: one entry for a protocol, ranges by their ends. */
function policyPorts(port: Port): { protocol: string; port: number; endPort?: number }[] {
  const { port: first, count, protocols } = completePort(port);
  return protocols.map((protocol) => ({ protocol: protocol.toUpperCase(), port: first, ...(count === 1 ? {} : { endPort: first + count - 1 }) }));
}

/** All pods of the namespace: nobody in, nobody out, but for names. */
export function onlyNames({ kubernetes: { nameServers } }: PlatformArgs): PolicySpec {
  const pods = { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "kube-system" } }, podSelector: { matchLabels: { "k8s-app": "kube-dns" } } };
  const others = nameServers.map((network) => ({ ipBlock: { cidr: network.includes("/") ? network : `${network}/${ipVersion(network) === 4 ? 32 : 128}` } }));
  return { podSelector: {}, policyTypes: ["Ingress", "Egress"], egress: [{ to: [pods, ...others], ports: [{ protocol: "UDP", port: 53 }, tcp(53)] }] };
}

/** Of a workload by itself: the world's way to its published ports, and its own to the world. */
export function ownPolicy(args: WorkloadArgs, settings: PlatformArgs): PolicySpec {
  const open = [...publishedPorts(args, settings), ...machinePorts(args, settings)].flatMap(policyPorts);
  return {
    podSelector: { matchLabels: selectorOf(settings, args.name) },
    policyTypes: ["Ingress", "Egress"],
    // An empty list would be another change with every apply: the API server keeps none.
    ...(open.length > 0 ? { ingress: [{ ports: open }] } : {}),
    ...(args.reaches === "anybody" ? { egress: [{ to: outside(settings) }] } : {}),
  };
}

/** The edges to a workload. */
export function edgesTo(args: WorkloadArgs): Edge[] {
  const inner = innerPorts(args);
  const callers = [...new Set(inner.flatMap(({ from }) => from))].toSorted();
  return callers.map((from) => ({ from, to: args.name, ports: inner.filter((port) => port.from.includes(from)) }));
}

/** The policies of an edge: one lets in at its end, one lets out at its beginning. */
export function edgePolicies({ from, to, ports }: Edge, settings: PlatformArgs, namespaceOf: (workload: string) => string): { name: string; namespace: string; spec: PolicySpec }[] {
  const [caller, callee] = [namespaceOf(from), namespaceOf(to)];
  const elsewhere = (namespace: string) => (caller === callee ? {} : { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } } });
  const pods = (workload: string) => ({ podSelector: { matchLabels: selectorOf(settings, workload) } });
  return [
    { name: `${to}-from-${from}`, namespace: callee, spec: { ...pods(to), policyTypes: ["Ingress"], ingress: [{ from: [{ ...elsewhere(caller), ...pods(from) }], ports: ports.flatMap(policyPorts) }] } },
    { name: `${from}-to-${to}`, namespace: caller, spec: { ...pods(from), policyTypes: ["Egress"], egress: [{ to: [{ ...elsewhere(callee), ...pods(to) }], ports: ports.flatMap(policyPorts) }] } },
  ];
}

/** Every address but those of pods: a server of the same stack is reached by its published address, as by everybody. */
function outside({ kubernetes: { podNetworks } }: PlatformArgs): { ipBlock: { cidr: string; except?: string[] } }[] {
  return ([4, 6] as const).map((version) => {
    const except = podNetworks.filter((network) => ipVersion(network) === version);
    return { ipBlock: { cidr: version === 4 ? "0.0.0.0/0" : "::/0", ...(except.length > 0 ? { except } : {}) } };
  });
}
