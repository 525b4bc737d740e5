// Generations of claims on the cluster: one is filled beside the pod that has another, taken over by it, and removed when asked for.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ensureDockerEngine } from "../../ops/docker-engine.ts";
import { ensureImage } from "../../ops/image-builds.ts";
import { applyManifests } from "../../ops/kubernetes/apply.ts";
import { clusterPlace } from "../../ops/kubernetes/cluster-place.ts";
import { importImage } from "../../ops/kubernetes/containerd.ts";
import { Kubectl } from "../../ops/kubernetes/kubectl.ts";
import { removeNamespace } from "../../ops/kubernetes/namespace.ts";
import type { Stack } from "../../ops/stack.ts";
import { logIn } from "../../ops/xmpp-client.ts";
import { imageContext } from "../../platform/image-context.ts";
import type { DataVolume, WorkloadArgs } from "../../platform/workload.ts";
import { kubeconfig } from "../cluster/cluster.ts";
import { places } from "../cluster/places.ts";
import { manifestsOf, workloads } from "../setup/words.ts";
import { settingsFrom } from "../unit/settings/parsed.ts";
import { ClusterStack } from "./cluster-stack.ts";

const namespace = "xmpp-e2e-filled";
const lua = (program: string) => ["/usr/bin/lua5.4", "-e", program];

describe("a run fills the next one beside its owner", () => {
  let kubectl: Kubectl;
  /** One that a single pod may have, as a database's. */
  const volume: DataVolume = { name: "data", size: 2 ** 24, shared: false, path: "/data", generation: 1 };
  const owner = (generation: number, kept: number[]): WorkloadArgs => ({ ...workloads.caller, name: "owner", volumes: [{ ...volume, generation, kept }] });
  const filler = (program: string): WorkloadArgs => ({ ...workloads.once, name: "filler", command: lua(program), restartOn: program, volumes: [{ ...volume, generation: 2, of: "owner" }] });
  const write = 'local f = io.open("/data/word", "w") f:write("restored") f:close() print("restored {}")';
  const apply = async (...wanted: WorkloadArgs[]) => applyManifests(kubectl, await manifestsOf(wanted, {}, undefined, namespace), undefined);
  const read = () => kubectl.output(["exec", "owner-0", "--container", "owner", "--", ...lua('local f = io.open("/data/word") print(f and f:read("a"))')]);
  const pod = async () => (await kubectl.get<{ kind: string; metadata: { name: string; uid: string } }>("pod", "owner-0"))?.metadata.uid;
  const place = () => clusterPlace({} as Stack, { ...settingsFrom(), namespace, kubernetes: { ...settingsFrom().kubernetes, kubeconfig } });

  beforeAll(async () => {
    kubectl = await Kubectl.connected({ kubernetes: { kubeconfig }, namespace });
    await ensureDockerEngine();
    const { reference, path } = imageContext(workloads.caller.image);
    await ensureImage(reference, path);
    await importImage(places.containerd, reference);
    await apply(owner(1, []));
  }, 300_000);

  afterAll(() => removeNamespace(kubectl, namespace));

  test("and its failure is told, with the owner as it was", async () => {
    const before = await pod();
    await expect(apply(owner(1, [2]), filler('print("no such backup") os.exit(1)'))).rejects.toThrow(/^filler-[0-9a-f]{8}: no such backup$/);
    expect(await place().ended("filler")).toEqual({ exitCode: 1, words: "no such backup" });
    expect(await pod()).toBe(before);
  });

  test("its end is told, and the next pod of the owner has what it filled", async () => {
    const before = await pod();
    await apply(owner(1, [2]), filler(write));
    expect(await place().ended("filler")).toEqual({ exitCode: 0, words: "restored {}" });
    expect([await pod(), await read()]).toEqual([before, "nil"]);
    await apply(owner(2, [1]));
    expect(await read()).toBe("restored");
    expect(await kubectl.list("jobs", "--selector", "app.kubernetes.io/name=filler")).toEqual([]);
    expect((await kubectl.list("persistentvolumeclaims")).map(({ metadata }) => metadata.name)).toEqual(["owner-data-1", "owner-data-2"]);
  });
});

describe("a stack", () => {
  const stack = new ClusterStack("kube-generations", 0);
  const password = "a password of theirs";
  const use = async (generation: object) => {
    stack.settings = { ...stack.settings, generation };
    await stack.up();
  };
  const claims = async () => (await (await stack.kubectl()).list("persistentvolumeclaims")).map(({ metadata }) => metadata.name).toSorted();
  const logInAs = (username: string) => logIn({ service: stack.service(), domain: "one.test", username, password });

  beforeAll(async () => {
    await stack.up();
    await stack.createAccount("alice@one.test", password);
  }, 400_000);

  afterAll(() => stack.remove());

  test("has another generation empty, comes back to the one before, and lets go of it when asked", async () => {
    await use({ current: 2, oldest: 1 });
    await expect(logInAs("alice")).rejects.toThrow("not-authorized");
    await stack.createAccount("bob@one.test", password);
    await use({ current: 1, oldest: 1 });
    await logInAs("alice");
    await use({ current: 2, oldest: 1 });
    await logInAs("bob");
    expect(await claims()).toEqual(["prosody-data-1", "prosody-data-2", "prosody-uploads-1", "prosody-uploads-2"]);
    expect(await stack.succeed("xmpp", "restore", "--commit", "--yes")).toContain("generation 2 is the only one; removed: prosody-data-1, prosody-uploads-1");
    expect(await claims()).toEqual(["prosody-data-2", "prosody-uploads-2"]);
    await logInAs("bob");
  }, 600_000);
});
