// NetworkPolicies become rules that let through what they allow and nothing else.
import { describe, expect, it, test } from "vitest";
import { type NetworkPolicy, type Pod, type State, policyRules } from "../../cluster/policies.ts";
import { selects } from "../../cluster/selectors.ts";

const namespaces = ["one", "two"].map((name) => ({ metadata: { name, labels: { name } } }));

function pod(namespace: string, name: string, ip: string, more: Partial<Pod["spec"]> = {}): Pod {
  return { metadata: { name, namespace, labels: { app: name } }, spec: { containers: [{ ports: [{ name: "web", containerPort: 8080 }] }], ...more }, status: { podIPs: [{ ip }] } };
}

const pods = [pod("one", "server", "10.0.0.1"), pod("one", "client", "10.0.0.2"), pod("two", "client", "10.0.0.3"), pod("two", "other", "fd00::4")];

function rulesOf(spec: Omit<NetworkPolicy["spec"], "podSelector">, state: Partial<State> = {}): string {
  return policyRules({ namespaces, pods, policies: [{ metadata: { name: "policy", namespace: "one" }, spec: { podSelector: { matchLabels: { app: "server" } }, ...spec } }], ...state });
}

/** Lines of the only chain that is not a hook's, without the pod's name. */
function chainOf(rules: string): string[] {
  const [, body = ""] = /chain (?:ingress|egress)-\d+ \{\n([^}]*?)\n\t\}/.exec(rules.replace(/\{ ([^}\n]*) \}/g, "<$1>")) ?? [];
  return body.split("\n").map((line) => line.trim().replace(/<(.*)>/, "{ $1 }")).slice(1);
}

test("without policies nothing is dropped", () => {
  expect(policyRules({ namespaces, pods, policies: [] })).not.toContain("drop");
});

test("a policy that allows nothing drops what comes to its pods, and not what goes out", () => {
  const rules = rulesOf({});
  expect(chainOf(rules)).toEqual(["drop"]);
  expect(rules).toContain("ip daddr 10.0.0.1 jump ingress-0");
  expect(rules).not.toContain("egress-");
});

test("both directions are hooked where pods meet, and what pods send to this machine where it comes in", () => {
  const rules = rulesOf({ policyTypes: ["Egress"] });
  expect(rules.match(/ip saddr 10\.0\.0\.1 jump egress-0/g)).toHaveLength(2);
});

test.each<[string, Omit<NetworkPolicy["spec"], "podSelector">, string[]]>([
  ["everybody to a port", { ingress: [{ ports: [{ port: 8080 }] }] }, ["tcp dport 8080 return", "drop"]],
  ["everybody to everything", { ingress: [{}] }, ["return", "drop"]],
  ["ports from to", { ingress: [{ ports: [{ protocol: "UDP", port: 1, endPort: 9 }] }] }, ["udp dport 1-9 return", "drop"]],
  ["all ports of a protocol", { ingress: [{ ports: [{ protocol: "SCTP" }] }] }, ["meta l4proto sctp return", "drop"]],
  ["a port by its name", { ingress: [{ ports: [{ port: "web" }] }] }, ["tcp dport 8080 return", "drop"]],
  ["a name that no port has", { ingress: [{ ports: [{ port: "none" }] }] }, ["drop"]],
  ["pods of its own namespace", { ingress: [{ from: [{ podSelector: { matchLabels: { app: "client" } } }] }] }, ["ip saddr 10.0.0.2 return", "drop"]],
  ["pods of a namespace", { ingress: [{ from: [{ namespaceSelector: { matchLabels: { name: "two" } } }] }] }, ["ip saddr 10.0.0.3 return", "ip6 saddr fd00::4 return", "drop"]],
  ["some pods of a namespace", { ingress: [{ from: [{ namespaceSelector: {}, podSelector: { matchLabels: { app: "client" } } }] }] }, ["ip saddr 10.0.0.2 return", "ip saddr 10.0.0.3 return", "drop"]],
  ["nobody, for no pod is such", { ingress: [{ from: [{ podSelector: { matchLabels: { app: "nobody" } } }] }] }, ["drop"]],
  ["a network but a part of it", { ingress: [{ from: [{ ipBlock: { cidr: "10.0.0.0/8", except: ["10.1.0.0/16"] } }], ports: [{ port: 1 }] }] }, ["ip saddr 10.0.0.0/8 ip saddr != { 10.1.0.0/16 } tcp dport 1 return", "drop"]],
  ["to pods, at what they call a port", { policyTypes: ["Egress"], egress: [{ to: [{ podSelector: { matchLabels: { app: "client" } } }], ports: [{ port: "web" }] }] }, ["ip daddr 10.0.0.2 tcp dport 8080 return", "drop"]],
  ["to a network", { policyTypes: ["Egress"], egress: [{ to: [{ ipBlock: { cidr: "::/0" } }] }] }, ["ip6 daddr ::/0 return", "drop"]],
])("allows %s", (_, spec, lines) => expect(chainOf(rulesOf(spec))).toEqual(lines));

test("pods in the machine's network and pods that have ended have no rules", () => {
  const ended = { ...pods[0]!, status: { phase: "Succeeded", podIPs: [{ ip: "10.0.0.1" }] } };
  expect(rulesOf({}, { pods: [ended] })).not.toContain("10.0.0.1");
  expect(rulesOf({}, { pods: [pod("one", "server", "10.0.0.1", { hostNetwork: true })] })).not.toContain("10.0.0.1");
});

describe("a selector", () => {
  const labels = { app: "web", tier: "front" };
  it.each([
    [{}, true],
    [{ matchLabels: { app: "web" } }, true],
    [{ matchLabels: { app: "web", tier: "back" } }, false],
    [{ matchExpressions: [{ key: "tier", operator: "In", values: ["front", "back"] }] }, true],
    [{ matchExpressions: [{ key: "tier", operator: "NotIn", values: ["front"] }] }, false],
    [{ matchExpressions: [{ key: "zone", operator: "NotIn", values: ["a"] }] }, true],
    [{ matchExpressions: [{ key: "zone", operator: "Exists" }] }, false],
    [{ matchExpressions: [{ key: "zone", operator: "DoesNotExist" }] }, true],
  ])("%j selects: %s", (selector, selected) => expect(selects(selector, labels)).toBe(selected));
});
