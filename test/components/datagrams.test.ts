// Ports of UDP and ranges of them, as both platforms are asked for them.
import { describe, expect, test } from "vitest";
import type { Port, WorkloadArgs } from "../../platform/workload.ts";
import { composeProject } from "../../render/compose.ts";
import type { KubernetesObject } from "../../render/manifests.ts";
import { manifestsOf, onDocker, workloads } from "../setup/words.ts";
import { type Policy, allowed } from "./network-policies.ts";
import { named } from "./stack.ts";

const both = { name: "both", port: 3478, protocols: ["udp", "tcp"] } as const;
const range = { name: "range", port: 50_000, count: 3, protocols: ["udp"] } as const;
const having = (workload: WorkloadArgs, ...ports: readonly Port[]): WorkloadArgs => ({ ...workload, ports });

describe("on Docker", () => {
  const registered = () => onDocker([having(workloads.caller, both, range, { name: "inner", port: 99, from: ["stranger"] })], { publish: {}, publishOnMachine: { both: 3479, range: 50_100 }, publishAddresses: ["127.0.0.1", "::1"] });

  test("each port is published on each address, by each of its protocols, those of a range in a row", async () => {
    const at = (protocol: string, internal: number, external: number) => ["127.0.0.1", "::1"].map((ip) => ({ internal, external, ip, protocol }));
    expect(named(await registered(), "caller-container").inputs.ports).toEqual([
      ...at("udp", 3478, 3479), ...at("tcp", 3478, 3479), ...at("udp", 50_000, 50_100), ...at("udp", 50_001, 50_101), ...at("udp", 50_002, 50_102),
    ]);
  });

  test("Compose is told of a range in one line for each address", async () => {
    const { compose } = composeProject(await registered(), () => "");
    const service = (compose.services as Record<string, { ports?: string[] }>)["xmpp-words-caller"]!;
    expect(service.ports).toEqual([
      "127.0.0.1:3479:3478/udp", "[::1]:3479:3478/udp", "127.0.0.1:3479:3478/tcp", "[::1]:3479:3478/tcp",
      "127.0.0.1:50100-50102:50000-50002/udp", "[::1]:50100-50102:50000-50002/udp",
    ]);
  });

  test("another protocol or length is another instance, which a release says whom it is for", async () => {
    const instance = async (port: Port) => {
      const registrations = await onDocker([having(workloads.caller, port)], { publishOnMachine: { both: 3478, range: 50_000 } });
      return (named(registrations, "caller-container").inputs.envs as string[]).find((line) => line.startsWith("STACK_INSTANCE="));
    };
    const instances = new Set<string | undefined>();
    const ports: readonly Port[] = [both, { ...both, protocols: ["udp"] }, range, { ...range, count: 2 }];
    for (const port of ports) instances.add(await instance(port));
    expect(instances.size).toBe(ports.length);
  });
});

describe("on Kubernetes", () => {
  const spec = (objects: readonly KubernetesObject[], kind: string, name: string) => objects.find((one) => one.kind === kind && one.metadata.name === name)!.spec as Record<string, never>;
  const objectsOf = async (wanted: readonly WorkloadArgs[], publishOnMachine = {}) => (await manifestsOf(wanted, publishOnMachine)).manifests.map(({ object }) => object);

  test("a Service leads to both protocols of a port, each under a name of its own, and policies let both in", async () => {
    const inner = { ...both, from: ["caller"] };
    const objects = await objectsOf([having(workloads.stranger, inner), workloads.caller]);
    expect(spec(objects, "Service", "stranger").ports).toEqual([
      { name: "both-udp", port: 3478, targetPort: "both-udp", protocol: "UDP" },
      { name: "both", port: 3478, targetPort: "both", protocol: "TCP" },
    ]);
    const policies = objects.filter(({ kind }) => kind === "NetworkPolicy") as unknown as Policy[];
    const pod = (name: string, address: string) => {
      const { metadata, spec: { template } } = objects.find((one) => one.kind === "Deployment" && one.metadata.name === name) as unknown as { metadata: { namespace: string }; spec: { template: { metadata: { labels: Record<string, string> } } } };
      return { namespace: metadata.namespace, labels: template.metadata.labels, address };
    };
    const [caller, stranger] = [pod("caller", "10.0.0.1"), pod("stranger", "10.0.0.2")];
    const reached = ([[3478, "UDP"], [3478, "TCP"], [3479, "UDP"]] as const).map(([port, protocol]) => allowed(policies, caller, stranger, port, protocol));
    expect(reached).toEqual([true, true, false]);
  });

  type Deployment = { readonly strategy: { readonly type: string }; readonly template: { readonly spec: { readonly hostNetwork?: boolean; readonly nodeSelector?: unknown; readonly containers: readonly { readonly ports: unknown }[] } } };

  test("what a machine publishes is on the node's ports, in the namespace for what needs it, and no Service has it", async () => {
    const objects = await objectsOf([having(workloads.caller, both, range)], { both: 3479, range: 50_100 });
    const { template, strategy } = spec(objects, "Deployment", "caller") as unknown as Deployment;
    expect(template.spec.hostNetwork).toBeUndefined();
    expect(template.spec.containers[0]!.ports).toEqual([
      { name: "both-udp", containerPort: 3478, hostPort: 3479, protocol: "UDP" },
      { name: "both", containerPort: 3478, hostPort: 3479, protocol: "TCP" },
      ...[0, 1, 2].map((index) => ({ containerPort: 50_000 + index, hostPort: 50_100 + index, protocol: "UDP" })),
    ]);
    expect(objects.filter(({ kind }) => kind === "Service")).toEqual([]);
    expect(objects.filter(({ kind }) => kind === "Deployment").map(({ metadata }) => metadata.namespace)).toEqual(["xmpp-e2e-words-host"]);
    // Two pods cannot have one port of a node.
    expect(strategy).toEqual({ type: "Recreate" });
  });

  test("the world reaches these ports, by their protocols, and no others", async () => {
    const objects = await objectsOf([having(workloads.caller, both, range)], { both: 3478, range: 50_000 });
    const policies = objects.filter(({ kind }) => kind === "NetworkPolicy") as unknown as Policy[];
    const { metadata, spec: { template } } = objects.find(({ kind }) => kind === "Deployment") as unknown as { metadata: { namespace: string }; spec: { template: { metadata: { labels: Record<string, string> } } } };
    const [world, caller] = [{ address: "192.0.2.1" }, { namespace: metadata.namespace, labels: template.metadata.labels, address: "10.0.0.1" }];
    const tried = ([[3478, "UDP"], [3478, "TCP"], [50_000, "UDP"], [50_002, "UDP"], [50_003, "UDP"], [50_000, "TCP"]] as const).map(([port, protocol]) => allowed(policies, world, caller, port, protocol));
    expect(tried).toEqual([true, true, true, true, false, false]);
  });

  test.each([
    ["another number than its own", having(workloads["node-network"], both), { both: 3479 }, "node-network is in the machine's network, where both is published under the number that it listens on, 3478, and not under 3479"],
    ["data beside it", { ...having(workloads.caller, range), volumes: [{ name: "data", size: 1, shared: false, path: "/data", generation: 1 }] }, { range: 50_000 }, "caller needs the machine and has volumes, which only other workloads have"],
    ["a range for other workloads", having(workloads.caller, { ...range, from: ["stranger"] }), {}, "caller has a range of ports for other workloads, range, which no Service leads to"],
  ])("there is not: %s", async (_what, workload, publishOnMachine, message) => {
    await expect(manifestsOf([workload], publishOnMachine)).rejects.toThrow(message);
  });
});
