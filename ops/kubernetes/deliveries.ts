// Asks the sidecars for what was delivered: at once, and with their own words where files were refused.
import { pathOf } from "../../platform/kubernetes/keys.ts";
import { treeHash } from "../../platform/kubernetes/tree-hash.ts";
import { OperatorError } from "../errors.ts";
import { say } from "../run.ts";
import type { Item, Kubectl } from "./kubectl.ts";
import { type Pod, hasDeliverer } from "./pods.ts";
import { RefusedFiles } from "./refusal.ts";
import { ours } from "./selectors.ts";

/** A ConfigMap or Secret with files. */
export interface Files extends Item {
  readonly metadata: Item["metadata"] & { readonly managedFields?: readonly { readonly manager: string; readonly operation: string }[] };
  readonly data?: Readonly<Record<string, string>>;
}

/** Seconds that a delivery may take once it was asked for. */
const patience = 60;

/** The ConfigMaps and Secrets with files of the namespace's workloads. */
export async function filesIn(kubectl: Kubectl, ...options: string[]): Promise<Files[]> {
  const all = await kubectl.list<Files>("configmaps,secrets", ...ours, ...options);
  return all.filter(({ metadata: { name } }) => name.endsWith("-files"));
}

/** The deliveries to the pods of a namespace, of the files that are in the cluster now. */
export class Deliveries {
  private readonly kubectl: Kubectl;
  private hashes: Promise<Map<string, string>> | undefined;
  private readonly asked = new Set<string>();

  constructor(kubectl: Kubectl) {
    this.kubectl = kubectl;
  }

  /** Waits until every running pod has its files. @throws RefusedFiles with the reason, OperatorError for a pod that says nothing */
  async settle(): Promise<void> {
    const pods = await this.kubectl.list<Pod>("pods", ...ours, "--field-selector", "status.phase=Running");
    await Promise.all(pods.filter((pod) => hasDeliverer(pod) && pod.metadata.deletionTimestamp === undefined).map((pod) => this.wait(pod)));
  }

  /** Has a pod that waits for its first files look at them now. @throws RefusedFiles where it does not take these */
  async look(pod: Item): Promise<void> {
    if ((await this.verdict(pod, 0)).exitCode === 5) await this.ask(pod);
  }

  private async wait(pod: Item): Promise<void> {
    let { exitCode, words } = await this.verdict(pod, 0);
    if (exitCode === 5) {
      await this.ask(pod);
      ({ exitCode, words } = await this.verdict(pod, patience));
      if (exitCode === 0) say(`${pod.metadata.name}: ${words}`);
    }
    if (exitCode !== 0) throw new OperatorError(`${pod.metadata.name}: ${words}`);
  }

  /** Exit status and words of verdict.lua about the files that are for this pod. @throws RefusedFiles where it does not take them */
  private async verdict({ metadata: { name, labels } }: Item, seconds: number): Promise<{ exitCode: number; words: string }> {
    const hash = (await (this.hashes ??= hashesOf(this.kubectl))).get(labels!["app.kubernetes.io/name"]!)!;
    const { exitCode, stdout, stderr } = await this.kubectl.ask(["exec", name, "--container", "deliver", "--", "/usr/bin/lua5.4", "/usr/lib/stack/verdict.lua", hash, String(seconds)]);
    const words = stdout.trim() || stderr.trim();
    if (exitCode === 3) throw new RefusedFiles(`${name}: ${words}`);
    return { exitCode, words };
  }

  /** Kubelet looks at the files of a pod that changed at once, else within a minute or so. */
  private async ask({ metadata: { name } }: Item): Promise<void> {
    if (this.asked.has(name)) return;
    this.asked.add(name);
    await this.kubectl.output(["annotate", "--overwrite", "pod", name, `prosody-stack/asked=${new Date().toISOString()}`]);
  }
}

/** The name of the release that each workload's files make, by the workload. */
async function hashesOf(kubectl: Kubectl): Promise<Map<string, string>> {
  const workloads = Map.groupBy(await filesIn(kubectl), ({ metadata: { labels } }) => labels!["app.kubernetes.io/name"]!);
  return new Map([...workloads].map(([workload, members]) => [workload, treeHash(members.flatMap(contents))]));
}

function contents({ kind, data = {} }: Files): { path: string; content: string }[] {
  return Object.entries(data).map(([key, text]) => ({ path: pathOf(key), content: kind === "Secret" ? Buffer.from(text, "base64").toString("utf8") : text }));
}
