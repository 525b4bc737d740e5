// Asks the sidecars for what was delivered: at once, and with their own words where files were refused.
import { pathOf } from "../../platform/kubernetes/keys.ts";
import { treeHash } from "../../platform/kubernetes/tree-hash.ts";
import { OperatorError } from "../errors.ts";
import { say } from "../run.ts";
import type { Item, Kubectl } from "./kubectl.ts";
import { isOfCheck } from "./pods.ts";

interface Files extends Item {
  readonly data?: Readonly<Record<string, string>>;
}

/** Seconds that a delivery may take once it was asked for. */
const patience = 60;

/**
 * Has every running pod take its files as they are in the cluster now.
 *
 * @throws OperatorError with the reason for which they were refused; what was in force before stays
 */
export async function deliver(kubectl: Kubectl): Promise<void> {
  const pods = (await kubectl.list("pods", "--selector", "app.kubernetes.io/part-of=prosody-stack", "--field-selector", "status.phase=Running")).filter((pod) => !isOfCheck(pod) && pod.metadata.deletionTimestamp === undefined);
  const hashes = await hashesOf(kubectl);
  await Promise.all(pods.map((pod) => deliverTo(kubectl, pod, hashes.get(pod.metadata.labels!["app.kubernetes.io/name"]!))));
}

async function deliverTo(kubectl: Kubectl, { metadata: { name } }: Item, hash: string | undefined): Promise<void> {
  if (hash === undefined) return;
  const verdict = (seconds: number) => kubectl.ask(["exec", name, "--container", "deliver", "--", "/usr/bin/lua5.4", "/usr/lib/stack/verdict.lua", hash, String(seconds)]);
  let answer = await verdict(0);
  if (answer.exitCode === 5) {
    // Kubelet looks at the files of a pod that changed at once, else within a minute or so.
    await kubectl.output(["annotate", "--overwrite", "pod", name, `prosody-stack/files=${hash}`]);
    answer = await verdict(patience);
    say(`${name}: ${answer.stdout.trim()}`);
  }
  if (answer.exitCode === 0) return;
  throw new OperatorError(`${name}: ${answer.stdout.trim() || answer.stderr.trim()}`);
}

/** The name of the release that each workload's files make, by the workload. */
async function hashesOf(kubectl: Kubectl): Promise<Map<string, string>> {
  const all = (await kubectl.list<Files>("configmaps,secrets", "--selector", "app.kubernetes.io/part-of=prosody-stack")).filter(({ metadata: { name } }) => name.endsWith("-files"));
  const workloads = Map.groupBy(all, ({ metadata: { labels } }) => labels!["app.kubernetes.io/name"]!);
  return new Map([...workloads].map(([workload, members]) => [workload, treeHash(members.flatMap(filesOf))]));
}

function filesOf({ kind, data = {} }: Files): { path: string; content: string }[] {
  return Object.entries(data).map(([key, text]) => ({ path: pathOf(key), content: kind === "Secret" ? Buffer.from(text, "base64").toString("utf8") : text }));
}
