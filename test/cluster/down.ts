// npm run cluster -- down: ends what `up` started and leaves the machine as it was before. What was built stays.
import { existsSync, rmSync } from "node:fs";
import { OperatorError } from "../../ops/errors.ts";
import { run, say } from "../../ops/run.ts";
import { builtProgram } from "./cache-key.ts";
import { containerdAnswers } from "./containerd.ts";
import { containerd, daemons } from "./daemons.ts";
import { removeNetwork } from "./host.ts";
import { mountsBelow, removeControlGroups, removeFixedPlaces, removeLinksToLogs, stopShims, unmountAll } from "./leftovers.ts";
import { requireRoot } from "./machine.ts";
import { parts } from "./parts.ts";
import { places } from "./places.ts";
import { stopPolicies } from "./policy-process.ts";
import { start, stop } from "./processes.ts";
import { waitFor } from "./readiness.ts";
import { restoreSysctls } from "./sysctls.ts";

export async function down({ data }: { readonly data: boolean }): Promise<void> {
  requireRoot();
  const begun = performance.now();
  const was = existsSync(places.runtime);
  if (was) await stopCluster();
  if (data) removeState();
  const seconds = ((performance.now() - begun) / 1000).toFixed(1);
  say(`${was ? `the cluster is down after ${seconds} s` : "the cluster was not up"}${data ? ", and its state is gone" : ""}`);
}

/** Ends all of it, also after a start or a stop that was cut short. */
export async function stopCluster(): Promise<void> {
  // First those that would start pods again.
  await Promise.all([stop("kubelet"), stopProxy(), stopPolicies()]);
  await stopPods();
  for (const { name } of daemons.toReversed()) await stop(name);
  stopShims();
  await unmountAll();
  await removeNetwork();
  removeLinksToLogs();
  await removeControlGroups();
  await restoreSysctls();
  refuseMounts();
  rmSync(places.runtime, { recursive: true, force: true });
  removeFixedPlaces();
}

async function stopProxy(): Promise<void> {
  await stop("kube-proxy");
  if (existsSync(places.startedWith)) await run(builtProgram(parts.kubernetes, "kube-proxy"), ["--cleanup"]);
}

/** Through containerd, so that each pod's address and rules are given back; it has to run for that. */
async function stopPods(): Promise<void> {
  if (!existsSync(`${places.runtime}/containerd`)) return;
  start(containerd);
  await waitFor("containerd answers", "containerd", containerdAnswers);
  const { exitCode, stderr } = await run(builtProgram(parts.podSandboxes, "pod-sandboxes"), [places.containerd]);
  if (exitCode !== 0) say(`pods: ${stderr.trim()}`);
}

function removeState(): void {
  refuseMounts();
  rmSync(places.state, { recursive: true, force: true });
}

/** What is mounted belongs to somebody: nothing is removed around it. */
function refuseMounts(): void {
  const mounts = mountsBelow(places.state, places.runtime);
  if (mounts.length > 0) throw new OperatorError(`cannot be unmounted: ${mounts.join(", ")}; end what uses it (fuser -m) and run this again`);
}
