// A TURN server on a cluster, without one: where its pod is, what it is given, and who reaches it.
import { rmSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { type RenderedManifests, renderManifests } from "../../render/kubernetes.ts";
import type { KubernetesObject } from "../../render/manifests.ts";
import { type Pod, type Policy, allowed } from "./network-policies.ts";
import { place, temporaryDirectory } from "./stack.ts";

const host = "xmpp-test-host";
const labels = { "kubernetes.io/hostname": "edge" };
const settings = { platform: "kubernetes", domains: [{ name: "one.test" }, { name: "two.test" }], turn: { enabled: true, externalAddress: "203.0.113.7" }, kubernetes: { publishNodes: labels } };

async function rendered(more: object = {}): Promise<RenderedManifests> {
  const directory = temporaryDirectory();
  try {
    return await renderManifests({ stack: "test", ...place(directory, { ...settings, ...more }) });
  } finally {
    rmSync(directory, { recursive: true });
  }
}

interface PodSpec {
  readonly hostNetwork?: boolean;
  readonly nodeSelector?: unknown;
  readonly securityContext: unknown;
  readonly volumes: readonly { readonly name: string; readonly projected?: { readonly sources: readonly { readonly secret: { readonly name: string } }[] } }[];
  readonly containers: readonly { readonly ports: readonly { readonly hostPort: number }[]; readonly securityContext: unknown }[];
}

let stack: RenderedManifests;
beforeAll(async () => {
  stack = await rendered();
}, 30_000);

const objects = (kind: string, from = stack) => from.manifests.map(({ object }) => object).filter((object) => object.kind === kind);
const deployment = (name: string, from = stack) =>
  objects("Deployment", from).find(({ metadata }) => metadata.name === name) as KubernetesObject & { spec: { template: { metadata: { labels: Record<string, string> }; spec: PodSpec } } };
const data = (kind: string, name: string) => {
  const found = objects(kind).find(({ metadata }) => metadata.name === name)!;
  return { namespace: found.metadata.namespace, keys: Object.keys(found.data as object).toSorted() };
};

describe("Coturn", () => {
  test("is in the namespace for what needs the machine, as restricted as other pods, and not in the machine's network", () => {
    const { metadata, spec } = deployment("coturn");
    expect(metadata.namespace).toBe(host);
    expect(spec.template.spec).toMatchObject({ nodeSelector: labels, securityContext: { runAsNonRoot: true, runAsUser: 5349, seccompProfile: { type: "RuntimeDefault" } } });
    expect(spec.template.spec.hostNetwork).toBeUndefined();
    expect(spec.template.spec.containers[0]!.securityContext).toEqual({ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ["ALL"] } });
    expect(spec.template.spec.containers[0]!.ports.map(({ hostPort }) => hostPort)).toEqual([3478, 5349, 3478, 5349, ...Array.from({ length: 64 }, (_, index) => 49_152 + index)]);
  });

  test("runs on any node where none is named, and nothing else is bound to those that are", async () => {
    expect(deployment("coturn", await rendered({ kubernetes: {} })).spec.template.spec.nodeSelector).toBeUndefined();
    for (const name of ["redis", "nginx"]) expect(deployment(name).spec.template.spec.nodeSelector).toBeUndefined();
  });

  test("has its secrets in its own namespace", () => {
    expect(data("ConfigMap", "coturn-files")).toEqual({ namespace: host, keys: ["certs..one.test.crt", "settings.lua", "turnserver.conf"] });
    expect(data("Secret", "coturn-files")).toEqual({ namespace: host, keys: ["certs..one.test.key", "secrets..redis-password"] });
    expect(data("Secret", "redis-files")).toEqual({ namespace: "xmpp-test", keys: ["secrets..password", "secrets..sets.lua"] });
  });

  test("has cert-manager issue the first domain's certificate there too, which a namespace's own issuer could not", async () => {
    const issuer = { certManager: { issuer: "letsencrypt" } };
    const issued = await rendered({ kubernetes: issuer });
    expect(objects("Certificate", issued).map(({ metadata }) => [metadata.namespace, metadata.name]).toSorted()).toEqual([
      ["xmpp-test", "certificate-one.test"], ["xmpp-test", "certificate-two.test"], [host, "certificate-one.test"],
    ].toSorted());
    const secret = deployment("coturn", issued).spec.template.spec.volumes.find(({ name }) => name === "secret")!;
    expect(secret.projected!.sources.map((source) => source.secret.name)).toEqual(["coturn-files", "certificate-one.test"]);
    await expect(rendered({ kubernetes: { certManager: { ...issuer.certManager, issuerKind: "Issuer" } } })).rejects.toThrow(
      "prosody-stack:kubernetes.certManager.issuerKind: found Issuer with turn.enabled, expected ClusterIssuer: Coturn has its certificate in another namespace",
    );
  });

  test("is told the node's address, without which it is refused", async () => {
    await expect(rendered({ turn: { enabled: true } })).rejects.toThrow("prosody-stack:turn.externalAddress: found nothing with platform kubernetes, expected the address of the node that clients reach it at; set it, or turn.enabled to false");
  });
});

describe("connections", () => {
  const pod = (name: string, address: string): Pod => ({ namespace: deployment(name).metadata.namespace!, labels: deployment(name).spec.template.metadata.labels, address });
  const policies = () => objects("NetworkPolicy") as unknown as Policy[];
  const world: Pod = { address: "192.0.2.1" };

  test("of anybody lead to its published ports, by their protocols", () => {
    const coturn = pod("coturn", "10.0.0.1");
    const tried = ([[3478, "UDP"], [13_478, "TCP"], [5349, "UDP"], [15_349, "TCP"], [49_152, "UDP"], [49_215, "UDP"], [49_216, "UDP"], [49_152, "TCP"]] as const).map(([port, protocol]) => allowed(policies(), world, coturn, port, protocol));
    expect(tried).toEqual([true, true, true, true, true, true, false, false]);
  });

  test("of Coturn lead to Redis and to the world, and to no other pod; nobody else reaches Redis", () => {
    const [coturn, redis, nginx] = [pod("coturn", "10.0.0.1"), pod("redis", "10.0.0.2"), pod("nginx", "10.0.0.3")];
    expect([allowed(policies(), coturn, redis, 6379), allowed(policies(), coturn, world, 40_000, "UDP")]).toEqual([true, true]);
    expect([allowed(policies(), coturn, nginx, 8443, "UDP"), allowed(policies(), nginx, redis, 6379), allowed(policies(), world, redis, 6379), allowed(policies(), redis, world, 443)]).toEqual([false, false, false, false]);
  });

  test("lead through the way in to XMPP and HTTPS as before, and not to Coturn", () => {
    const [service] = objects("Service").filter(({ metadata }) => metadata.name === "xmpp") as unknown as { spec: { ports: { name: string; protocol: string }[] } }[];
    expect(service!.spec.ports.filter(({ name, protocol }) => name.startsWith("turn") || protocol !== "TCP")).toEqual([]);
  });
});

test("every object is of its kind's schema", async () => {
  for (const { object } of stack.manifests) {
    const { [object.kind]: Model } = (await import(`kubernetes-models/${object.apiVersion}`)) as Record<string, new (data: object) => { validate(): void }>;
    expect(() => new Model!(object).validate(), `${object.kind} ${object.metadata.name}`).not.toThrow();
  }
});
