// The words of the contract that no component uses yet, as what a cluster is asked for.
import { beforeAll, describe, expect, test } from "vitest";
import type { Manifests, KubernetesObject } from "../../render/manifests.ts";
import { manifestsOf, namespace, workloads } from "../setup/words.ts";
import { type Policy, allowed } from "./network-policies.ts";

const host = `${namespace}-host`;
let manifests: Manifests;
beforeAll(async () => {
  manifests = await manifestsOf(Object.values(workloads));
});

interface PodSpec {
  readonly hostNetwork?: boolean;
  readonly hostPID?: boolean;
  readonly restartPolicy?: string;
  readonly tolerations?: unknown;
  readonly initContainers: readonly { readonly restartPolicy?: string; readonly command: readonly string[] }[];
  readonly containers: readonly { readonly startupProbe?: unknown; readonly volumeMounts: readonly { readonly name: string; readonly readOnly?: boolean }[] }[];
}
const objects = (kind: string, from = manifests) => from.manifests.map(({ object }) => object).filter((object) => object.kind === kind);
const named = (kind: string, name: string) => objects(kind).find(({ metadata }) => metadata.name === name)! as KubernetesObject & { spec: Record<string, unknown> & { template: { spec: PodSpec; metadata: { labels: Record<string, string> } } } };

describe("on every node", () => {
  test("is a DaemonSet, on nodes that are kept free of others, too", () => {
    const { spec } = named("DaemonSet", "node-files").spec.template;
    expect(spec.tolerations).toEqual([{ operator: "Exists", effect: "NoSchedule" }]);
    expect(spec.initContainers[0]!.restartPolicy).toBe("Always");
  });
});

describe("what runs to its end", () => {
  test("once is a Job, under another name for another restartOn, and has its files before it begins", async () => {
    const jobs = (from = manifests) => objects("Job", from).filter(({ metadata }) => metadata.labels?.["app.kubernetes.io/component"] !== "check").map(({ metadata }) => metadata.name);
    expect(jobs()).toEqual([expect.stringMatching(/^once-[0-9a-f]{8}$/)]);
    const again = await manifestsOf([{ ...workloads.once, restartOn: "another" }]);
    expect(jobs(again)).not.toEqual(jobs());
    const { spec } = named("Job", jobs()[0]!).spec.template;
    expect(spec.restartPolicy).toBe("Never");
    expect(spec.initContainers.map(({ command, restartPolicy }) => [command[1], command.includes("--watch"), restartPolicy])).toEqual([["/usr/lib/stack/deliver.lua", false, undefined]]);
    expect(spec.containers[0]!.startupProbe).toBeUndefined();
  });

  test("by a schedule is a CronJob of which no two run at a time, in a time zone that is said", () => {
    expect(named("CronJob", "nightly").spec).toMatchObject({ schedule: "17 3 * * *", timeZone: "Etc/UTC", concurrencyPolicy: "Forbid", jobTemplate: { spec: { backoffLimit: 0, activeDeadlineSeconds: 60 } } });
  });

  test("only what runs on has a PodDisruptionBudget", () => {
    expect(objects("PodDisruptionBudget").map(({ metadata }) => metadata.name)).toEqual(["caller", "node-network", "stranger"]);
  });
});

describe("what needs the machine", () => {
  test("is with its files, accounts and checks in a namespace of its own, which allows it, and goes with its last workload", async () => {
    const levels = Object.fromEntries(objects("Namespace").map(({ metadata }) => [metadata.name, metadata.labels?.["pod-security.kubernetes.io/enforce"]]));
    expect(levels).toEqual({ [namespace]: "restricted", [host]: "privileged" });
    expect(manifests.manifests.filter(({ kept }) => kept).map(({ object }) => object.metadata.name)).toEqual([namespace]);
    const kinds = manifests.manifests.filter(({ object }) => object.metadata.namespace === host && object.metadata.name.startsWith("node-files")).map(({ object }) => object.kind);
    expect(kinds).toEqual(["ServiceAccount", "NetworkPolicy", "NetworkPolicy", "Service", "ConfigMap", "Secret", "Job", "DaemonSet"]);
    expect(objects("Namespace", await manifestsOf([workloads.caller])).map(({ metadata }) => metadata.name)).toEqual([namespace]);
  });

  test("has of it what it asks for, and its check nothing", () => {
    const of = ({ spec }: { spec: PodSpec }) => ({ network: spec.hostNetwork ?? false, processes: spec.hostPID ?? false, files: spec.containers[0]!.volumeMounts.find(({ name }) => name === "host")?.readOnly });
    expect(of(named("DaemonSet", "node-files").spec.template)).toEqual({ network: false, processes: true, files: true });
    expect(of(named("Deployment", "node-network").spec.template)).toEqual({ network: true, processes: false, files: undefined });
    const checks = objects("Job").filter(({ metadata }) => metadata.namespace === host) as ReturnType<typeof named>[];
    expect(checks.map(({ spec }) => of(spec.template))).toEqual([{ network: false, processes: false, files: undefined }, { network: false, processes: false, files: undefined }]);
  });

  test("is reached under its name by who may, from one namespace to the other, and by nobody else", () => {
    expect(objects("Service").filter(({ metadata }) => metadata.name === "node-files").map(({ metadata, spec }) => [metadata.namespace, (spec as { externalName?: string }).externalName])).toEqual([
      [namespace, `node-files.${host}.svc.cluster.local`],
      [host, undefined],
    ]);
    const policies = objects("NetworkPolicy") as unknown as Policy[];
    const pod = (kind: string, name: string, address: string) => ({ namespace: named(kind, name).metadata.namespace!, labels: named(kind, name).spec.template.metadata.labels, address });
    const [files, caller, stranger] = [pod("DaemonSet", "node-files", "10.0.0.1"), pod("Deployment", "caller", "10.0.0.2"), pod("Deployment", "stranger", "10.0.0.3")];
    expect([allowed(policies, caller, files, 8080), allowed(policies, stranger, files, 8080), allowed(policies, files, caller, 8080), allowed(policies, caller, files, 8081)]).toEqual([true, false, false, false]);
  });

  test.each([
    ["volumes", { volumes: [{ name: "data", size: 1, shared: false, path: "/data", generation: 1 }] }, "node-network needs the machine and has volumes, which only other workloads have"],
    ["ports that no policy can open", { ports: [{ name: "x", port: 8080, from: ["caller"] }] }, "node-network is in the machine's network, where no policy says which workloads reach its ports"],
  ])("has no %s", async (_what, more, message) => {
    await expect(manifestsOf([{ ...workloads["node-network"], ...more }])).rejects.toThrow(message);
  });
});

test("every object is of its kind's schema", async () => {
  for (const { object } of manifests.manifests) {
    const { [object.kind]: Model } = (await import(`kubernetes-models/${object.apiVersion}`)) as Record<string, new (data: object) => { validate(): void }>;
    expect(() => new Model!(object).validate(), `${object.kind} ${object.metadata.name}`).not.toThrow();
  }
});
