// npm run cluster -- up --existing: looks at a cluster that is there already, and builds and changes nothing.
import { OperatorError } from "../../ops/errors.ts";
import type { Item } from "../../ops/kubernetes/kubectl.ts";
import { defaultStorageClass } from "../../ops/kubernetes/storage-classes.ts";
import { type Result, run, say } from "../../ops/run.ts";

export interface Node {
  readonly spec: { readonly unschedulable?: boolean; readonly taints?: readonly { readonly effect: string }[] };
  readonly status: { readonly conditions: readonly { readonly type: string; readonly status: string }[] };
}

/** Says what cluster kubectl is configured for. @throws OperatorError where it cannot be used, with what is missing */
export async function existing(): Promise<void> {
  const where = process.env.KUBECONFIG || "~/.kube/config";
  const version = await kubectl("version", "--output", "json");
  if (version.exitCode === 127) throw new OperatorError("kubectl is missing; install it, in a version near the cluster's");
  if (version.exitCode !== 0) throw new OperatorError(`the cluster of ${where} does not answer: ${version.stderr.trim().split("\n").at(-1)}`);
  const { serverVersion } = JSON.parse(version.stdout) as { serverVersion: { gitVersion: string } };
  const storage = defaultStorageClass(await list<Item>("storageclasses"));
  const nodes = await list<Node>("nodes");
  const usable = nodes.filter(takesPods);
  say(`the cluster of ${where} is Kubernetes ${serverVersion.gitVersion}, with ${usable.length} of ${nodes.length} nodes for pods and ${storage ? `the default StorageClass ${storage}` : "no default StorageClass"}`);
  if (usable.length === 0) throw new OperatorError("no pod can be scheduled there: every node is not ready, unschedulable or tainted");
  if (storage === undefined) throw new OperatorError("volumes cannot be made there: mark a StorageClass as the default (annotation storageclass.kubernetes.io/is-default-class)");
}

/** Whether a pod that tolerates nothing can be on it. */
export function takesPods({ spec, status }: Node): boolean {
  const ready = status.conditions.some(({ type, status: value }) => type === "Ready" && value === "True");
  return ready && !spec.unschedulable && !(spec.taints ?? []).some(({ effect }) => effect !== "PreferNoSchedule");
}

async function list<T>(kind: string): Promise<T[]> {
  const { exitCode, stdout, stderr } = await kubectl("get", kind, "--output", "json");
  if (exitCode !== 0) throw new OperatorError(`kubectl get ${kind}: ${stderr.trim()}`);
  return (JSON.parse(stdout) as { items: T[] }).items;
}

function kubectl(...args: string[]): Promise<Result> {
  return run("kubectl", ["--request-timeout", "10s", ...args]);
}
