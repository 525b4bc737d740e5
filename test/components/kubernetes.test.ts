// What the program asks a cluster for, without one: names, options, hardening, and who may connect to whom.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type RenderedManifests, renderManifests, writeManifests, yamlOf } from "../../render/kubernetes.ts";
import type { KubernetesObject } from "../../render/manifests.ts";
import { reveal } from "../../render/recorder.ts";
import { filesBelow } from "../setup/files.ts";
import { place } from "./stack.ts";
import { type Policy, type Pod, allowed } from "./network-policies.ts";

const settings = { platform: "kubernetes", domains: [{ name: "xmpp.localhost" }] };
const directory = mkdtempSync(join(tmpdir(), "prosody-stack-kubernetes-"));
let stack: RenderedManifests;

async function rendered(more: object = {}, name = "one"): Promise<RenderedManifests> {
  const result = await renderManifests({ stack: "test", ...place(join(directory), { ...settings, ...more }), stateDirectory: join(directory, name) });
  result.save({ forget: false });
  return result;
}
beforeAll(async () => {
  stack = await rendered();
});
afterAll(() => rmSync(directory, { recursive: true }));

const of = <T = KubernetesObject>(kind: string, from = stack) => from.manifests.filter(({ object }) => object.kind === kind).map(({ object }) => object as unknown as T);
const named = (kind: string, name: string, from = stack) => of(kind, from).find(({ metadata }) => metadata.name === name)!;

interface PodTemplate {
  readonly metadata: { readonly labels: Record<string, string> };
  readonly spec: { readonly containers: Container[]; readonly initContainers?: Container[]; readonly securityContext: object; readonly automountServiceAccountToken: boolean; readonly hostNetwork?: boolean };
}
interface Container {
  readonly name: string;
  readonly env?: unknown;
  readonly volumeMounts: { readonly name: string; readonly mountPath: string; readonly subPath?: string }[];
  readonly ports?: { readonly name: string; readonly containerPort: number }[];
  readonly resources: { readonly limits: Record<string, string>; readonly requests: Record<string, string> };
  readonly securityContext: object;
}
const templates = () => stack.manifests.flatMap(({ object }) => {
  const template = (object.spec as { template?: PodTemplate } | undefined)?.template;
  return template ? [template] : [];
});

test("everything is in the stack's namespace, has the recommended labels, and comes in an order in which it can be applied", () => {
  const kinds = stack.manifests.map(({ object }) => object.kind);
  expect([...new Set(kinds)]).toEqual(["Namespace", "ServiceAccount", "NetworkPolicy", "Service", "PersistentVolumeClaim", "ConfigMap", "Secret", "PodDisruptionBudget", "Job", "StatefulSet", "Deployment"]);
  for (const { object } of stack.manifests) {
    expect(object.metadata.namespace, object.metadata.name).toBe(object.kind === "Namespace" ? undefined : "xmpp-test");
    expect(object.metadata.labels).toMatchObject({ "app.kubernetes.io/part-of": "prosody-stack", "app.kubernetes.io/instance": "xmpp-test", "app.kubernetes.io/managed-by": "prosody-stack" });
  }
});

test("every object is of its kind's schema, and one that is not is told", async () => {
  const validate = async (object: KubernetesObject) => {
    const { [object.kind]: Model } = (await import(`kubernetes-models/${object.apiVersion}`)) as Record<string, new (data: object) => { validate(): void }>;
    new Model!(object).validate();
  };
  for (const { object } of stack.manifests) await expect(validate(object), `${object.kind} ${object.metadata.name}`).resolves.toBeUndefined();
  const { spec, ...rest } = named("StatefulSet", "prosody");
  await expect(validate({ ...rest, spec: { ...(spec as object), replicas: "one" } })).rejects.toThrow("replicas");
});

test("what holds data is protected and outlives its resource, the namespace with it; nothing else is like that", () => {
  expect(stack.manifests.filter(({ kept }) => kept).map(({ object }) => `${object.kind}/${object.metadata.name}`)).toEqual(["Namespace/xmpp-test", "PersistentVolumeClaim/backup-repository-1", "PersistentVolumeClaim/prosody-data-1", "PersistentVolumeClaim/prosody-uploads-1"]);
  const registrations = stack.recording.registrations.filter(({ protect, retainOnDelete }) => protect || retainOnDelete);
  expect(registrations.map(({ name, protect, retainOnDelete }) => [name, protect, retainOnDelete])).toEqual(registrations.map(({ name }) => [name, true, true]));
  expect(registrations).toHaveLength(4);
});

test("a claim is one that several see, or has one writer; they are as large as is set", async () => {
  const specs = (from: RenderedManifests) => of("PersistentVolumeClaim", from).map(({ spec }) => spec);
  const claim = (mode: string, storage: string, more: object = {}) => ({ accessModes: [mode], resources: { requests: { storage } }, ...more });
  expect(specs(stack)).toEqual([claim("ReadWriteOnce", "20Gi"), claim("ReadWriteOnce", "5Gi"), claim("ReadWriteOnce", "5Gi")]);
  const other = await rendered({ database: "postgresql", storage: { data: "7GiB", uploads: "1500MiB" }, kubernetes: { storage: { class: "fast", shared: "ReadWriteMany" } } }, "two");
  const fast = { storageClassName: "fast" };
  expect(specs(other)).toEqual([claim("ReadWriteMany", "20Gi", fast), claim("ReadWriteOncePod", "10Gi", fast), claim("ReadWriteMany", "7Gi", fast), claim("ReadWriteMany", "1500Mi", fast)]);
});

describe("pods", () => {
  test("keep to Pod Security's level restricted, and have no token", () => {
    expect(named("Namespace", "xmpp-test").metadata.labels).toMatchObject({ "pod-security.kubernetes.io/enforce": "restricted" });
    expect(templates()).toHaveLength(6);
    for (const { spec } of templates()) {
      expect(spec).toMatchObject({ automountServiceAccountToken: false, securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } } });
      expect(spec.hostNetwork).toBeUndefined();
      for (const container of [...spec.containers, ...(spec.initContainers ?? [])]) {
        expect(container.securityContext).toEqual({ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ["ALL"] } });
        for (const kind of ["memory", "ephemeral-storage", "cpu"]) for (const bound of [container.resources.limits, container.resources.requests]) expect(bound[kind], `${container.name}: ${kind}`).toBeDefined();
        for (const { containerPort } of container.ports ?? []) expect(containerPort).toBeGreaterThan(1024);
        for (const { subPath } of container.volumeMounts) expect(subPath).toBeUndefined();
      }
    }
  });

  test("a secret is where the files are checked, and the service sees only what was delivered", () => {
    for (const { spec } of templates()) for (const container of spec.containers) {
      expect(container.volumeMounts.some(({ name }) => name === "secret")).toBe(container.name === "deliver");
    }
  });

  test("the front runs where its uploads are, unless any node has them", async () => {
    const affinity = (from: RenderedManifests) => (named("Deployment", "nginx", from).spec as { template: { spec: { affinity?: unknown } } }).template.spec.affinity;
    expect(JSON.stringify(affinity(stack))).toContain('"app.kubernetes.io/name":"prosody"');
    expect(affinity(await rendered({ kubernetes: { storage: { shared: "ReadWriteMany" } } }, "three"))).toBeUndefined();
  });
});

test("names of ConfigMap and Secret are stable; a change of a file changes nothing but its copy for backups, one that needs a restart the pod and its check", async () => {
  const parts = (from: RenderedManifests) => Object.fromEntries(from.manifests.map(({ object }) => [`${object.kind}/${object.metadata.name}`, JSON.stringify(object)]));
  const changed = async (more: object) => {
    const [before, after] = [parts(stack), parts(await rendered(more))];
    return [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((name) => before[name] !== after[name]).map((name) => name.replace(/-check-[0-9a-f]{8}$/, "-check")).toSorted();
  };
  expect(await changed({ logs: { level: "debug" } })).toEqual(["ConfigMap/backup-files", "ConfigMap/nginx-files", "ConfigMap/prosody-files"]);
  expect(await changed({ modules: { add: { "*": ["watchregistrations"] } } })).toEqual(["ConfigMap/backup-files", "ConfigMap/prosody-files", "Job/prosody-check", "Job/prosody-check", "StatefulSet/prosody"]);
});

describe("with an issuer of cert-manager", () => {
  const issued = () => rendered({ domains: [{ name: "bücher.example" }, { name: "own.example" }], certificates: {}, kubernetes: { certManager: { issuer: "letsencrypt" } } }, "issued");
  interface Secret {
    readonly name: string;
    readonly items?: readonly { readonly path: string }[];
  }
  const projected = (from: RenderedManifests, kind: string, name: string) => {
    const { volumes } = (named(kind, name, from).spec as { template: { spec: { volumes: { name: string; projected?: { sources: { secret: Secret }[] } }[] } } }).template.spec;
    return volumes.find((volume) => volume.name === "secret")!.projected!.sources.map(({ secret: { name: secret, items } }) => [secret, ...(items ?? []).map(({ path }) => path)]);
  };

  test("there is one Certificate for each domain, of all its names, whoever shows it", async () => {
    const certificates = of<{ metadata: { name: string }; spec: object }>("Certificate", await issued());
    expect(certificates.map(({ metadata }) => metadata.name)).toEqual(["certificate-own.example", "certificate-xn--bcher-kva.example"]);
    expect(certificates[0]!.spec).toMatchObject({ secretName: "certificate-own.example", issuerRef: { group: "cert-manager.io", kind: "ClusterIssuer", name: "letsencrypt" }, privateKey: { algorithm: "ECDSA", rotationPolicy: "Always" } });
    expect((certificates[0]!.spec as { dnsNames: string[] }).dnsNames.toSorted()).toEqual(["conference", "proxy", "pubsub", "upload"].map((label) => `${label}.own.example`).concat("own.example").toSorted());
  });

  test("pods and their checks have them among their files, and nothing of the private CA", async () => {
    const from = await issued();
    const expected = (service: string) => [[`${service}-files`], ...["xn--bcher-kva.example", "own.example"].map((domain) => [`certificate-${domain}`, `certs..${domain}.crt`, `certs..${domain}.key`])];
    expect(projected(from, "StatefulSet", "prosody")).toEqual(expected("prosody"));
    expect(projected(from, "Deployment", "nginx")).toEqual(expected("nginx"));
    for (const { object } of from.manifests.filter(({ object: { kind, metadata } }) => kind === "Job" && !metadata.name.startsWith("backup-"))) expect(JSON.stringify(object)).toContain("certs..own.example.key");
    for (const kind of ["ConfigMap", "Secret"]) for (const { data } of of<{ data: object }>(kind, from)) expect(Object.keys(data).filter((key) => key.startsWith("certs"))).toEqual([]);
  });
});

describe("the way in", () => {
  test("is one Service, whose ports lead to container ports of their names", () => {
    const { spec } = named("Service", "xmpp") as unknown as { spec: { type: string; externalTrafficPolicy: string; selector: Record<string, string>; ports: { name: string; port: number; targetPort: string; nodePort?: number }[] } };
    expect(spec).toMatchObject({ type: "LoadBalancer", externalTrafficPolicy: "Local" });
    const byName = new Map(templates().filter(({ metadata }) => metadata.labels["prosody-stack/published"] === "true").flatMap((template) => template.spec.containers.flatMap(({ ports = [] }) => ports.map(({ name }) => [name, template] as const))));
    expect(spec.ports.map(({ port }) => port).toSorted((a, b) => a - b)).toEqual([80, 443, 5000, 5222, 5223, 5269, 5270]);
    for (const { targetPort } of spec.ports) expect(byName.get(targetPort)?.metadata.labels, targetPort).toMatchObject(spec.selector);
  });
});

describe("who may connect to whom, of all pods and ports", () => {
  const labels = (name: string) => ({ "app.kubernetes.io/instance": "xmpp-test", "app.kubernetes.io/name": name, "app.kubernetes.io/component": "service" });
  const pods: Record<string, Pod> = {
    prosody: { namespace: "xmpp-test", labels: labels("prosody"), address: "10.0.0.1" },
    nginx: { namespace: "xmpp-test", labels: labels("nginx"), address: "10.0.0.2" },
    check: { namespace: "xmpp-test", labels: { ...labels("prosody"), "app.kubernetes.io/component": "check" }, address: "10.0.0.3" },
    "another stack's nginx": { namespace: "xmpp-other", labels: labels("nginx"), address: "10.0.0.4" },
    "the cluster's DNS": { namespace: "kube-system", labels: { "k8s-app": "kube-dns" }, address: "10.0.0.5" },
    "a node's name server": { address: "169.254.20.10" },
    "the world": { address: "198.51.100.7" },
  };
  const ports = [53, 80, 443, 5000, 5222, 5223, 5269, 5270, 5280, 8080, 8443, 15223, 15270];
  const expected: Record<string, number[]> = {
    "nginx to prosody": [5000, 5222, 5223, 5269, 5270, 5280, 15223, 15270].filter((port) => [5280, 15223, 15270].includes(port)),
    "another stack's nginx to prosody": [5000, 5222, 5223, 5269, 5270],
    "the cluster's DNS to prosody": [5000, 5222, 5223, 5269, 5270],
    "the world to prosody": [5000, 5222, 5223, 5269, 5270],
    "another stack's nginx to nginx": [8080, 8443],
    "the cluster's DNS to nginx": [8080, 8443],
    "the world to nginx": [8080, 8443],
    "a node's name server to prosody": [5000, 5222, 5223, 5269, 5270],
    "a node's name server to nginx": [8080, 8443],
    "prosody to the world": ports,
    "prosody to a node's name server": ports,
    ...Object.fromEntries(["nginx", "check"].map((from) => [`${from} to a node's name server`, [53]])),
    ...Object.fromEntries(["prosody", "nginx", "check"].map((from) => [`${from} to the cluster's DNS`, [53]])),
  };

  const pairs = Object.keys(pods).flatMap((from) => Object.keys(pods).filter((to) => to !== from && (["prosody", "nginx", "check"].includes(from) || ["prosody", "nginx", "check"].includes(to))).map((to) => [from, to] as const));
  test.each(pairs)("%s to %s", (from, to) => {
    const policies = of<Policy>("NetworkPolicy");
    expect(ports.filter((port) => allowed(policies, pods[from]!, pods[to]!, port))).toEqual(expected[`${from} to ${to}`] ?? []);
  });
});

describe("what is written", () => {
  const written = (forReview: boolean) => {
    const out = join(directory, `out-${forReview}`);
    writeManifests(stack, out, { forReview });
    return Object.fromEntries(filesBelow(out).map((path) => [path, readFileSync(join(out, path), "utf8")]));
  };
  const secrets = () => stack.recording.registrations.flatMap(({ inputs, type }) => (type === "kubernetes:core/v1:Secret" ? Object.values((reveal(inputs).value as { data: Record<string, string> }).data) : []));

  test("is a file for each component, secrets apart and hidden from Git, with the same bytes the second time", async () => {
    const files = written(false);
    expect(Object.keys(files)).toEqual([".gitignore", ".prosody-stack", "kubernetes/backup.yaml", "kubernetes/kubernetes.yaml", "kubernetes/nginx.yaml", "kubernetes/prosody.yaml", "secrets/backup.yaml", "secrets/nginx.yaml", "secrets/prosody.yaml"]);
    expect(files[".gitignore"]).toBe("secrets/\n");
    for (const secret of secrets()) for (const [path, text] of Object.entries(files)) expect(text.includes(secret) && !path.startsWith("secrets/"), path).toBe(false);
    expect(yamlOf((await rendered()).manifests.map(({ object }) => object))).toBe(yamlOf(stack.manifests.map(({ object }) => object)));
  });

  test("for review has a hash in the place of each secret, which changes with it", async () => {
    const files = written(true);
    expect(Object.keys(files).filter((path) => path.startsWith("secrets/"))).toEqual([]);
    for (const secret of secrets()) for (const text of Object.values(files)) expect(text).not.toContain(secret);
    expect(files["kubernetes/prosody.yaml"]).toMatch(/^hidden:\n {2}certs\.\.xmpp\.localhost\.key: '?[0-9a-f]{16}'?$/m);
    const other = await rendered({ adminPasswords: { "admin@xmpp.localhost": "another password" } });
    writeManifests(other, join(directory, "out-true"), { forReview: true });
    expect(readFileSync(join(directory, "out-true/kubernetes/prosody.yaml"), "utf8")).not.toBe(files["kubernetes/prosody.yaml"]);
  });
});
