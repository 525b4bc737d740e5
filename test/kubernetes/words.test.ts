// The words of the contract that no component uses yet, on the cluster.
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ensureDockerEngine } from "../../ops/docker-engine.ts";
import { ensureImage } from "../../ops/image-builds.ts";
import { applyManifests, removeAllButData, removeOthers } from "../../ops/kubernetes/apply.ts";
import { importImage } from "../../ops/kubernetes/containerd.ts";
import { Deliveries } from "../../ops/kubernetes/deliveries.ts";
import { Kubectl } from "../../ops/kubernetes/kubectl.ts";
import { removeNamespace } from "../../ops/kubernetes/namespace.ts";
import { podsOf } from "../../ops/kubernetes/selectors.ts";
import { imageContext } from "../../platform/image-context.ts";
import type { WorkloadArgs } from "../../platform/workload.ts";
import { kubeconfig } from "../cluster/cluster.ts";
import { places } from "../cluster/places.ts";
import { manifestsOf, namespace, word, workloads } from "../setup/words.ts";

const host = `${namespace}-host`;
let kubectl: Kubectl;
let applied: { objects: { kind: string; name: string; kept: boolean; parts: Record<string, string> }[] } | undefined;

async function apply(wanted: readonly WorkloadArgs[]): Promise<void> {
  const manifests = await manifestsOf(wanted);
  const before = applied;
  applied = { objects: manifests.manifests.map(({ object, kept }) => ({ kind: object.kind, name: object.metadata.name, kept, parts: {} })) };
  await applyManifests(kubectl, manifests, before);
}

beforeAll(async () => {
  kubectl = await Kubectl.connected({ kubernetes: { kubeconfig }, namespace });
  await ensureDockerEngine();
  const { reference, path } = imageContext(workloads.caller.image);
  await ensureImage(reference, path);
  await importImage(places.containerd, reference);
  await apply(Object.values(workloads));
});
afterAll(async () => {
  await removeNamespace(kubectl, host);
  await removeNamespace(kubectl, namespace);
});

test("what is on every node runs there, and sees the node's files and processes", async () => {
  const inHost = kubectl.in(host);
  const [node] = await kubectl.list("nodes");
  const pods = await inHost.list<{ kind: string; metadata: { name: string }; spec: { nodeName: string } }>("pods", ...podsOf("node-files"));
  expect(pods.map(({ spec }) => spec.nodeName)).toEqual([node!.metadata.name]);
  const exec = (lua: string) => inHost.output(["exec", pods[0]!.metadata.name, "--container", "node-files", "--", "/usr/bin/lua5.4", "-e", lua]);
  expect(await exec('print(io.open("/host/etc/hostname"):read("l"), io.open("/proc/1/comm"):read("l"))')).toBe([readFileSync("/etc/hostname", "utf8").trim(), readFileSync("/proc/1/comm", "utf8").trim()].join("\t"));
  await expect(exec('assert(io.open("/host/tmp/words", "w"))')).rejects.toThrow("Read-only file system");
});

test("files that its pod does not take are told in its own words", async () => {
  const inHost = kubectl.in(host);
  await inHost.output(["patch", "configmap", "node-files-files", "--type", "merge", "--patch", JSON.stringify({ data: { "nginx.conf": "nonsense" } })]);
  await expect(new Deliveries(inHost).settle()).rejects.toThrow(/^node-files-[a-z0-9]+: refused: unexpected end of file/);
  await apply(Object.values(workloads));
  await new Deliveries(inHost).settle();
});

test("what is in the node's network has the node's interfaces", async () => {
  expect(await kubectl.in(host).output(["logs", ...podsOf("node-network"), "--container", "node-network", "--tail", "-1"])).toMatch(/^ *docker0:/m);
});

test("what runs once has run to its end when up does, on its files", async () => {
  const [job] = await kubectl.list<{ kind: string; metadata: { name: string }; status: { succeeded?: number } }>("jobs", "--selector", "app.kubernetes.io/name=once,app.kubernetes.io/component!=check");
  expect(job!.status.succeeded).toBe(1);
  expect(await kubectl.output(["logs", `job/${job!.metadata.name}`, "--container", "once"])).toBe(`# ${word}`);
});

test("what runs once and fails is told with its last words; the next that is good is taken", async () => {
  const failing = { ...workloads.once, restartOn: "failing", command: ["/usr/bin/lua5.4", "-e", 'print("nothing to migrate") os.exit(1)'] };
  await expect(apply([workloads.caller, failing])).rejects.toThrow(/^once-[0-9a-f]{8}: .*nothing to migrate$/);
  await apply(Object.values(workloads));
});

test("files that it does not take are told like those of a service, before it runs", async () => {
  const failing = { ...workloads.once, restartOn: "refused", files: [{ path: "nginx.conf", content: "nonsense", secret: false }] };
  await expect(apply([workloads.caller, failing])).rejects.toThrow(/^once-check-[0-9a-f]{8}: refused: unexpected end of file/);
  await apply(Object.values(workloads));
});

test("a run of a schedule has its files, and the next up leaves it alone", async () => {
  await kubectl.output(["create", "job", "by-hand", "--from", "cronjob/nightly"]);
  await kubectl.output(["wait", "job/by-hand", "--for", "condition=complete", "--timeout", "120s"]);
  expect(await kubectl.output(["logs", "job/by-hand", "--container", "nightly"])).toBe(`# ${word}`);
  await apply(Object.values(workloads));
  expect(await kubectl.get("job", "by-hand")).toBeDefined();
});

test("an edge leads from one namespace to the other under the workload's name, for the one who may", async () => {
  const get = (from: string) => {
    const program = `local s = require("posix.sys.socket")
      for _, a in ipairs(assert(s.getaddrinfo("node-files", "8080", { socktype = s.SOCK_STREAM }))) do
        local f = s.socket(a.family, s.SOCK_STREAM, 0)
        s.setsockopt(f, s.SOL_SOCKET, s.SO_SNDTIMEO, 3, 0)
        if s.connect(f, a) then s.send(f, "GET /hostname HTTP/1.0\\r\\n\\r\\n") io.write(s.recv(f, 20)) os.exit(0, true) end
      end
      print("nobody")`;
    return kubectl.output(["exec", `deployment/${from}`, "--container", from, "--", "/usr/bin/lua5.4", "-e", program]);
  };
  expect(await get("caller")).toMatch(/^HTTP\/1\.1 200 OK/);
  expect(await get("stranger")).toBe("nobody");
});

test("the namespace of the machine's workloads goes with the last of them, and a stack that is taken down leaves nothing", async () => {
  await apply([workloads.caller]);
  expect(await kubectl.get("namespace", host)).toBeUndefined();
  expect((await kubectl.list("deployments,cronjobs,daemonsets")).map(({ metadata }) => metadata.name)).toEqual(["caller"]);
  await removeOthers(kubectl, applied);
  await removeAllButData(kubectl);
  expect(await kubectl.list("deployments,pods,jobs,configmaps", "--selector", "app.kubernetes.io/managed-by=prosody-stack")).toEqual([]);
});
