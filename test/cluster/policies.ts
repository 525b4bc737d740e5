// NetworkPolicies as rules of nftables: pure text, from what the API knows. The plugins that connect pods enforce none.
import { type Labels, type Selector, selects } from "./selectors.ts";

export interface Namespace {
  readonly metadata: { readonly name: string; readonly labels?: Labels };
}

export interface Pod {
  readonly metadata: { readonly name: string; readonly namespace: string; readonly labels?: Labels };
  readonly spec: { readonly hostNetwork?: boolean; readonly containers: readonly { readonly ports?: readonly NamedPort[] }[] };
  readonly status: { readonly phase?: string; readonly podIPs?: readonly { readonly ip: string }[] };
}

interface NamedPort {
  readonly name?: string;
  readonly containerPort: number;
  readonly protocol?: string;
}

export interface NetworkPolicy {
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec: {
    readonly podSelector: Selector;
    readonly policyTypes?: readonly string[];
    readonly ingress?: readonly { readonly from?: readonly Peer[]; readonly ports?: readonly Port[] }[];
    readonly egress?: readonly { readonly to?: readonly Peer[]; readonly ports?: readonly Port[] }[];
  };
}

interface Peer {
  readonly podSelector?: Selector;
  readonly namespaceSelector?: Selector;
  readonly ipBlock?: { readonly cidr: string; readonly except?: readonly string[] };
}

interface Port {
  readonly protocol?: string;
  readonly port?: number | string;
  readonly endPort?: number;
}

export interface State {
  readonly namespaces: readonly Namespace[];
  readonly pods: readonly Pod[];
  readonly policies: readonly NetworkPolicy[];
}

type Direction = "ingress" | "egress";

export const policyTable = "prosody-policies";

/** A file for `nft` that puts the policies in force, in place of the ones before. */
export function policyRules(state: State): string {
  const pods = state.pods.filter((pod) => addresses(pod).length > 0);
  const chains: string[] = [];
  const jumps: Record<Direction, string[]> = { egress: [], ingress: [] };
  for (const [number, pod] of pods.entries()) {
    for (const direction of ["egress", "ingress"] as const) {
      const policies = state.policies.filter((policy) => isolates(policy, pod, direction));
      if (policies.length === 0) continue;
      const name = `${direction}-${number}`;
      const rules = policies.flatMap((policy) => allowed(policy, pod, direction, { ...state, pods }));
      chains.push(chain(name, [`# ${pod.metadata.namespace}/${pod.metadata.name}`, ...new Set(rules), "drop"]));
      jumps[direction].push(...addresses(pod).map((address) => `${family(address)} ${direction === "egress" ? "saddr" : "daddr"} ${address} jump ${name}`));
    }
  }
  // What a connection brings back is part of it. A machine's neighbours have to be found before anything else.
  const always = ["ct direction reply accept", "ct state related accept", "icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept"];
  const toItself = pods.flatMap(addresses).map((address) => `${family(address)} saddr ${address} ${family(address)} daddr ${address} accept`);
  const base = [
    chain("forward", ["type filter hook forward priority filter - 5; policy accept;", ...always, ...toItself, ...jumps.egress, ...jumps.ingress]),
    chain("input", ["type filter hook input priority filter - 5; policy accept;", ...always, ...jumps.egress]),
  ];
  const table = `table inet ${policyTable}`;
  return `add ${table}\ndelete ${table}\n${table} {\n${[...chains, ...base].join("\n")}\n}\n`;
}

/** Whether a policy is about the connections of a pod in that direction. */
function isolates({ metadata, spec }: NetworkPolicy, pod: Pod, direction: Direction): boolean {
  const types = spec.policyTypes ?? ["Ingress", ...(spec.egress ? ["Egress"] : [])];
  const type = direction === "ingress" ? "Ingress" : "Egress";
  return types.includes(type) && metadata.namespace === pod.metadata.namespace && selects(spec.podSelector, pod.metadata.labels);
}

/** Rules that let through what a policy allows: peers times ports. */
function allowed({ metadata, spec }: NetworkPolicy, pod: Pod, direction: Direction, state: State): string[] {
  const rules = direction === "ingress" ? (spec.ingress ?? []).map(({ from, ports }) => ({ peers: from, ports })) : (spec.egress ?? []).map(({ to, ports }) => ({ peers: to, ports }));
  const side = direction === "ingress" ? "saddr" : "daddr";
  return rules.flatMap(({ peers = [], ports = [] }) => {
    const blocks = peers.flatMap(({ ipBlock }) => (ipBlock ? [blockMatch(ipBlock, side)] : []));
    const others = peers.flatMap((peer) => (peer.ipBlock ? [] : peerPods(peer, metadata.namespace, state)));
    // A named port is what the pod calls it that it is a port of: this one, or each of its peers.
    const anywhere = peers.length === 0 ? [""] : blocks;
    const fixed = [...anywhere, ...(direction === "ingress" ? others.flatMap(addresses).map((address) => addressMatch(address, side)) : [])];
    const own = direction === "ingress" ? [pod] : [];
    return [
      ...fixed.flatMap((match) => portMatches(ports, own).map((port) => line(match, port))),
      ...(direction === "egress" ? others.flatMap((other) => addresses(other).flatMap((address) => portMatches(ports, [other]).map((port) => line(addressMatch(address, side), port)))) : []),
    ];
  });
}

function peerPods({ podSelector = {}, namespaceSelector }: Peer, namespace: string, { namespaces, pods }: State): Pod[] {
  const names = namespaceSelector === undefined ? [namespace] : namespaces.filter(({ metadata }) => selects(namespaceSelector, metadata.labels)).map(({ metadata }) => metadata.name);
  return pods.filter(({ metadata }) => names.includes(metadata.namespace) && selects(podSelector, metadata.labels));
}

/** Matches for these ports: one that matches all without any, none where no pod has a port of that name. */
function portMatches(ports: readonly Port[], named: readonly Pod[]): string[] {
  if (ports.length === 0) return [""];
  return ports.flatMap(({ protocol = "TCP", port, endPort }) => {
    const name = protocol.toLowerCase();
    if (port === undefined) return [`meta l4proto ${name}`];
    if (typeof port === "number") return [`${name} dport ${port}${endPort === undefined ? "" : `-${endPort}`}`];
    const found = named.flatMap(({ spec }) => spec.containers).flatMap((container) => container.ports ?? []);
    return found.filter((one) => one.name === port && (one.protocol ?? "TCP") === protocol).map(({ containerPort }) => `${name} dport ${containerPort}`);
  });
}

function blockMatch({ cidr, except = [] }: NonNullable<Peer["ipBlock"]>, side: string): string {
  const ip = family(cidr);
  return `${ip} ${side} ${cidr}${except.length === 0 ? "" : ` ${ip} ${side} != { ${except.join(", ")} }`}`;
}

function addressMatch(address: string, side: string): string {
  return `${family(address)} ${side} ${address}`;
}

function line(...matches: string[]): string {
  return [...matches.filter((match) => match !== ""), "return"].join(" ");
}

function chain(name: string, lines: readonly string[]): string {
  return `\tchain ${name} {\n${lines.map((text) => `\t\t${text}\n`).join("")}\t}`;
}

/** A pod's own addresses; one in the machine's network has none, and one that has ended none any more. */
function addresses({ spec, status }: Pod): string[] {
  if (spec.hostNetwork || ["Succeeded", "Failed"].includes(status.phase ?? "")) return [];
  return (status.podIPs ?? []).map(({ ip }) => ip);
}

function family(address: string): "ip" | "ip6" {
  return address.includes(":") ? "ip6" : "ip";
}
