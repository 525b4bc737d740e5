// Network policies as a cluster's network reads them: who is let through from whom to whom.
import ipaddr from "ipaddr.js";

export interface Pod {
  /** Of pods only: others are known by their address alone. */
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly address: string;
}

interface Selector {
  readonly matchLabels?: Readonly<Record<string, string>>;
}
interface Peer {
  readonly podSelector?: Selector;
  readonly namespaceSelector?: Selector;
  readonly ipBlock?: { readonly cidr: string; readonly except?: readonly string[] };
}
interface Rule {
  readonly from?: readonly Peer[];
  readonly to?: readonly Peer[];
  readonly ports?: readonly { readonly protocol: string; readonly port: number; readonly endPort?: number }[];
}
export interface Policy {
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec: { readonly podSelector: Selector; readonly policyTypes: readonly ("Ingress" | "Egress")[]; readonly ingress?: readonly Rule[]; readonly egress?: readonly Rule[] };
}

/**
 * Whether TCP, or what else is said, from one to that port of the other is let through: by the policies of both ends, where there are any.
 *
 * @see https://kubernetes.io/docs/concepts/services-networking/network-policies/
 */
export function allowed(policies: readonly Policy[], from: Pod, to: Pod, port: number, protocol: "TCP" | "UDP" = "TCP"): boolean {
  return end("Egress", policies, from, to, port, protocol) && end("Ingress", policies, to, from, port, protocol);
}

function end(type: "Ingress" | "Egress", policies: readonly Policy[], own: Pod, other: Pod, port: number, protocol: string): boolean {
  const selecting = policies.filter(({ metadata, spec }) => metadata.namespace === own.namespace && spec.policyTypes.includes(type) && matches(spec.podSelector, own.labels));
  if (selecting.length === 0) return true;
  return selecting.some(({ metadata: { namespace }, spec }) => {
    const rules = type === "Ingress" ? spec.ingress : spec.egress;
    return (rules ?? []).some((rule) => {
      const peers = type === "Ingress" ? rule.from : rule.to;
      return (peers === undefined || peers.some((peer) => isPeer(peer, namespace, other))) && (rule.ports === undefined || rule.ports.some((one) => one.protocol === protocol && one.port <= port && port <= (one.endPort ?? one.port)));
    });
  });
}

function isPeer({ podSelector, namespaceSelector, ipBlock }: Peer, namespace: string, other: Pod): boolean {
  if (ipBlock) return within(other.address, ipBlock.cidr) && !(ipBlock.except ?? []).some((cidr) => within(other.address, cidr));
  if (other.namespace === undefined) return false;
  const place = namespaceSelector ? matches(namespaceSelector, { "kubernetes.io/metadata.name": other.namespace }) : other.namespace === namespace;
  return place && (podSelector === undefined || matches(podSelector, other.labels));
}

function matches({ matchLabels = {} }: Selector, labels: Readonly<Record<string, string>> = {}): boolean {
  return Object.entries(matchLabels).every(([name, value]) => labels[name] === value);
}

function within(address: string, cidr: string): boolean {
  const [one, [network, prefix]] = [ipaddr.parse(address), ipaddr.parseCIDR(cidr)];
  return one.kind() === network.kind() && one.match(network, prefix);
}
