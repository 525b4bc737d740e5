// What goes wrong on a cluster is said in one line.
import { afterAll, expect, test } from "vitest";
import { importImage } from "../../ops/kubernetes/containerd.ts";
import { baseImage } from "../../ops/image-builds.ts";
import { places } from "../cluster/places.ts";
import { eventually } from "../image/docker.ts";
import { ClusterStack } from "./cluster-stack.ts";

const stacks: ClusterStack[] = [];
function newStack(name: string, slot: number): ClusterStack {
  const stack = new ClusterStack(name, slot);
  stacks.push(stack);
  return stack;
}
afterAll(async () => {
  for (const stack of stacks) {
    await stack.ask("delete", "namespace", stack.namespace, "--ignore-not-found", "--timeout", "120s"); // that a test has made, for a stack that never was
    await stack.remove();
  }
});

/** The error of an up that fails. */
async function failure(stack: ClusterStack): Promise<string> {
  const { exitCode, output } = await stack.run("up");
  expect(exitCode, output).toBe(1);
  expect(output).not.toMatch(/^ +at /m);
  return output.split("\n").filter((line) => line.startsWith("error: ")).join("\n");
}

test("a cluster that does not answer, and a storage class that it does not have", async () => {
  const stack = newStack("kube-none", 5);
  const kubernetes = stack.settings.kubernetes as object;
  stack.settings = { ...stack.settings, kubernetes: { ...kubernetes, kubeconfig: stack.write("nowhere", JSON.stringify({ apiVersion: "v1", kind: "Config", clusters: [{ name: "c", cluster: { server: "https://127.0.0.1:1" } }], contexts: [{ name: "c", context: { cluster: "c", user: "nobody" } }], "current-context": "c" })) } };
  expect(await failure(stack)).toMatch(/^error: the cluster does not answer: .*; look at kubernetes\.kubeconfig and kubernetes\.context/);
  stack.settings = { ...stack.settings, kubernetes: { ...kubernetes, storage: { class: "gold" } } };
  expect(await failure(stack)).toMatch(/^error: kubernetes\.storage\.class: found gold, expected one of the cluster's \(local-path\)$/);
});

test("a quota that is used up", async () => {
  const stack = newStack("kube-quota", 6);
  const kubectl = await stack.kubectl();
  await kubectl.output(["create", "namespace", stack.namespace]);
  await kubectl.output(["create", "quota", "small", "--hard", "limits.memory=1Mi"]);
  expect(await failure(stack)).toMatch(/^error: Job (prosody|nginx)-check-[0-9a-f]{8}: .*exceeded quota: small/);
  await kubectl.output(["delete", "quota", "small"]);
});

test("an image that is nowhere", async () => {
  const stack = newStack("kube-image", 7);
  stack.settings = { ...stack.settings, kubernetes: { ...(stack.settings.kubernetes as object), containerd: undefined }, modules: { directory: stack.write("modules/mod_of_mine.lua", "module:set_global()\n").replace(/\/[^/]*$/, "") } };
  expect(await failure(stack)).toMatch(/^error: pod prosody-check-\S+: container deliver: (ErrImagePull|ImagePullBackOff): .*prosody-stack\/prosody:[0-9a-f]{12}.*; see kubernetes\.registry/);
});

test("a pod that does not keep to Pod Security's level restricted is refused by the API server", async () => {
  const [stack] = stacks;
  const kubectl = await stack!.kubectl();
  const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: stack!.namespace, labels: { "pod-security.kubernetes.io/enforce": "restricted" } } };
  await kubectl.output(["apply", "--filename", "-"], JSON.stringify(namespace));
  const pod = { apiVersion: "v1", kind: "Pod", metadata: { name: "root" }, spec: { containers: [{ name: "root", image: baseImage, securityContext: { privileged: true } }] } };
  const { exitCode, stderr } = await kubectl.ask(["create", "--filename", "-"], JSON.stringify(pod));
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/violates PodSecurity "restricted:latest": privileged/);
});

test("a pod that writes more to the node's disk than it may is ended, and says so", async () => {
  const [stack] = stacks;
  const kubectl = await stack!.kubectl();
  await importImage(places.containerd, baseImage);
  const security = { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: "RuntimeDefault" } };
  const container = {
    name: "writer", image: baseImage, command: ["bash", "-c", "head -c 20M /dev/zero > /out/zero; sleep infinity"], resources: { limits: { "ephemeral-storage": "5Mi" } },
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } }, volumeMounts: [{ name: "out", mountPath: "/out" }],
  };
  const pod = { apiVersion: "v1", kind: "Pod", metadata: { name: "writer" }, spec: { automountServiceAccountToken: false, terminationGracePeriodSeconds: 0, securityContext: security, containers: [container], volumes: [{ name: "out", emptyDir: {} }] } };
  await kubectl.output(["create", "--filename", "-"], JSON.stringify(pod));
  await eventually("it is evicted", async () => (await kubectl.get<{ kind: string; metadata: { name: string }; status: { reason?: string } }>("pod", "writer"))?.status.reason === "Evicted", 120);
});
