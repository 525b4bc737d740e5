// Monitoring on a cluster, without one: by what the stack's containers are known on a node.
import { rmSync } from "node:fs";
import { expect, test } from "vitest";
import { luaValue } from "../../components/prosody/lua.ts";
import { renderManifests } from "../../render/kubernetes.ts";
import type { KubernetesObject } from "../../render/manifests.ts";
import { place, temporaryDirectory } from "./stack.ts";

interface Workload extends KubernetesObject {
  readonly spec: { readonly template: { readonly spec: { readonly volumes: readonly { readonly name: string }[]; readonly containers: readonly { readonly name: string }[] } } };
}

test("pods have a volume that tells whose they are, and containers the names of their workloads", async () => {
  const directory = temporaryDirectory();
  const { manifests } = await renderManifests({ stack: "test", ...place(directory, { platform: "kubernetes", domains: [{ name: "one.test" }], monitoring: "own", database: "postgresql", turn: { enabled: true, externalAddress: "203.0.113.7" } }) });
  rmSync(directory, { recursive: true });
  const objects = manifests.map(({ object }) => object);
  const lasting = objects.filter(({ kind }) => ["StatefulSet", "Deployment", "DaemonSet"].includes(kind)) as unknown as Workload[];
  for (const { metadata, spec } of lasting) {
    expect(spec.template.spec.volumes.map(({ name }) => name), metadata.name).toContain("plain-xmpp-test");
    expect(spec.template.spec.containers.map(({ name }) => name)).toEqual([metadata.name]);
  }
  const told = objects.find(({ kind, metadata }) => kind === "ConfigMap" && metadata.name === "node-exporter-files")!.data as Record<string, string>;
  expect(told).toMatchObject({ [Object.keys(told).find((key) => key.endsWith("containers.lua"))!]: `return ${luaValue({ mark: { by: "pod", volume: "plain-xmpp-test" }, workloads: lasting.map(({ metadata }) => metadata.name).toSorted() })}\n` });
});
