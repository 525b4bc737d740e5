// Stops the cluster, and leaves the machine as it was. What was built stays, and so does the cluster's state unless asked.
import { readFileSync, readdirSync, readlinkSync, rmSync } from "node:fs";
import { join } from "node:path";
import { OperatorError } from "../../ops/errors.ts";
import { run, say } from "../../ops/run.ts";
import { runs, stop } from "./daemons.ts";
import { containerd, programs, runtime, state } from "./facts.ts";
import { restoreHost } from "./host.ts";

export async function down({ data }: { readonly data: boolean }): Promise<void> {
  const ran = runs("kube-proxy") || runs("kubelet");
  // First those that would start pods again.
  for (const name of ["kubelet", "kube-proxy"]) await stop(name);
  if (runs("containerd")) await run(join(programs, "pod-sandboxes"), [containerd]);
  for (const name of ["kube-scheduler", "kube-controller-manager", "kube-apiserver", "etcd", "containerd"]) await stop(name);
  for (const mount of mountsBelow([state, runtime])) await run("umount", ["--lazy", mount]);
  if (ran) await run(join(programs, "kube-proxy"), ["--cleanup"]);
  await restoreHost();
  removeLinksToLogs();
  await removeGroups();
  if (data) {
    const left = mountsBelow([state, runtime]);
    if (left.length > 0) throw new OperatorError(`cluster: ${left.join(", ")} cannot be unmounted, so nothing was removed`);
    for (const directory of [state, runtime]) rmSync(directory, { recursive: true, force: true });
  }
  say(`cluster: down${data ? ", and its state is gone" : ""}`);
}

/** Deepest first. */
export function mountsBelow(directories: readonly string[]): string[] {
  const points = readFileSync("/proc/mounts", "utf8").split("\n").map((line) => line.split(" ")[1] ?? "");
  return points.filter((point) => directories.some((directory) => point.startsWith(`${directory}/`))).toSorted().toReversed();
}

function removeLinksToLogs(): void {
  const directory = "/var/log/containers";
  for (const name of entries(directory)) {
    const path = join(directory, name);
    if (target(path)?.startsWith(state)) rmSync(path);
  }
}

/** Control groups of pods, deepest first. */
async function removeGroups(): Promise<void> {
  const { stdout } = await run("find", ["/sys/fs/cgroup", "-depth", "-type", "d", "-path", "*/kubepods*"]);
  for (const group of stdout.split("\n").filter((line) => line !== "")) await run("rmdir", [group]);
}

function entries(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return []; // no kubelet has ever run here
  }
}

function target(link: string): string | undefined {
  try {
    return readlinkSync(link);
  } catch {
    return undefined; // no link
  }
}
