// npm run cluster -- up: builds what is missing, starts what does not run, and waits until the cluster works.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { say } from "../../ops/run.ts";
import { addonManifests, applyAddons, waitForAddons } from "./addons.ts";
import { ensureBuilt } from "./build.ts";
import { kubeconfig } from "./cluster.ts";
import { type Choices, configurationFiles, writeConfiguration } from "./configuration.ts";
import { containerdAnswers } from "./containerd.ts";
import { containerd, controlPlane, daemons, nodeDaemons } from "./daemons.ts";
import { stopCluster } from "./down.ts";
import { prepareNetwork } from "./host.ts";
import { writeIdentities } from "./identities.ts";
import { ensurePackages, refuseOthers } from "./machine.ts";
import { kubernetesVersion } from "./parts.ts";
import { places } from "./places.ts";
import { ensurePolicies } from "./policy-process.ts";
import { processOf, start } from "./processes.ts";
import { ensureProgramImages } from "./program-images.ts";
import { apiAnswers, namesAnswer, nodeIsReady, waitFor } from "./readiness.ts";
import { changeSysctls } from "./sysctls.ts";

/** What was applied last. */
const applied = join(places.runtime, "addons");

export async function up(choices: Choices): Promise<void> {
  const begun = performance.now();
  await ensurePackages();
  await ensureBuilt();
  const files = configurationFiles(choices);
  const key = createHash("sha256").update(JSON.stringify([daemons, files])).digest("hex");
  const running = daemons.filter(({ name }) => processOf(name) !== undefined);
  if (running.length > 0 && textOf(places.startedWith) !== key) {
    say("the cluster runs with what was before a change: stopping it first");
    await stopCluster();
  } else if (running.length === daemons.length && (await works())) {
    await prepareNetwork(choices); // whatever others have done to it
    await updateAddons(choices);
    await ensurePolicies();
    return say(`the cluster runs already (Kubernetes ${kubernetesVersion})\n${exports()}`);
  }
  await startCluster(files, key, choices);
  say(`the cluster is up after ${((performance.now() - begun) / 1000).toFixed(1)} s (Kubernetes ${kubernetesVersion})\n${exports()}`);
}

async function startCluster(files: Readonly<Record<string, string>>, key: string, choices: Choices): Promise<void> {
  // After a start that was cut short, or when a process has died, what is there is our own, and pods may have lived on.
  const fresh = !existsSync(places.startedWith);
  if (fresh) await refuseOthers();
  const since = new Date();
  for (const directory of [places.state, places.runtime]) mkdirSync(directory, { recursive: true, mode: 0o700 });
  writeFileSync(places.startedWith, key);
  changeSysctls();
  await prepareNetwork(choices);
  writeConfiguration(files);
  if (daemons.every(({ name }) => processOf(name) === undefined)) await writeIdentities();
  await Promise.all([startRuntime(), startControlPlane()]);
  await ensurePolicies();
  const sameNode = nodeDaemons.every(({ name }) => processOf(name) !== undefined);
  for (const daemon of nodeDaemons) start(daemon);
  const manifests = addonManifests(choices);
  await applyAddons(manifests);
  await waitFor("the node is ready", "kubelet", () => nodeIsReady(sameNode ? undefined : since));
  say("the node is ready");
  await waitForAddons(fresh ? since : undefined);
  writeFileSync(applied, manifests);
}

/** Of a cluster that runs: other add-ons do not need another start. */
async function updateAddons(choices: Choices): Promise<void> {
  const manifests = addonManifests(choices);
  if (textOf(applied) === manifests) return;
  await ensureProgramImages();
  await applyAddons(manifests);
  await waitForAddons();
  writeFileSync(applied, manifests);
}

async function startRuntime(): Promise<void> {
  start(containerd);
  await waitFor("containerd answers", "containerd", containerdAnswers);
  await ensureProgramImages();
}

async function startControlPlane(): Promise<void> {
  for (const daemon of controlPlane) start(daemon);
  await waitFor("the API answers", "kube-apiserver", apiAnswers);
}

async function works(): Promise<boolean> {
  return (await Promise.all([apiAnswers(), nodeIsReady(), namesAnswer(), containerdAnswers()])).every(Boolean);
}

function textOf(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, "utf8") : undefined;
}

/** The line that makes a shell use the cluster. */
function exports(): string {
  return `  export KUBECONFIG=${kubeconfig} PATH=${places.programs}:$PATH`;
}
