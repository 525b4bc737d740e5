// Asks the sidecars for what was delivered: at once, and with their own words where files were refused.
import { OperatorError } from "../errors.ts";
import { say } from "../run.ts";
import type { Item, Kubectl } from "./kubectl.ts";
import { type Pod, hasDeliverer } from "./pods.ts";
import { RefusedFiles } from "./refusal.ts";
import { ours } from "./selectors.ts";
import { StagedFiles } from "./staged-files.ts";

/** Seconds that a delivery may take once it was asked for. */
const patience = 60;

/** The deliveries to the pods of a namespace, of the files that are in the cluster now. */
export class Deliveries {
  private readonly kubectl: Kubectl;
  private readonly staged: StagedFiles;
  private readonly asked = new Set<string>();

  constructor(kubectl: Kubectl) {
    this.kubectl = kubectl;
    this.staged = new StagedFiles(kubectl);
  }

  /** Waits until every running pod has its files. @throws RefusedFiles with the reason, OperatorError for a pod that says nothing */
  async settle(): Promise<void> {
    const pods = await this.kubectl.list<Pod>("pods", ...ours, "--field-selector", "status.phase=Running");
    await Promise.all(pods.filter((pod) => hasDeliverer(pod) && pod.metadata.deletionTimestamp === undefined).map((pod) => this.wait(pod)));
  }

  /** Has a pod that waits for its first files look at them now. @throws RefusedFiles where it does not take these */
  async look(pod: Pod): Promise<void> {
    if ((await this.verdict(pod, 0)).exitCode === 5) await this.ask(pod);
  }

  private async wait(pod: Pod): Promise<void> {
    let { exitCode, words } = await this.verdict(pod, 0);
    if (exitCode === 5) {
      await this.ask(pod);
      ({ exitCode, words } = await this.verdict(pod, patience));
      if (exitCode === 0) say(`${pod.metadata.name}: ${words}`);
    }
    if (exitCode !== 0) throw new OperatorError(`${pod.metadata.name}: ${words}`);
  }

  /** Exit status and words of verdict.lua about the files that are for this pod. @throws RefusedFiles where it does not take them */
  private async verdict(pod: Pod, seconds: number): Promise<{ exitCode: number; words: string }> {
    const { name } = pod.metadata;
    const hash = await this.staged.hashFor(pod);
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
