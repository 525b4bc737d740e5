// Waits until the pods of a stack run as they were asked for, and tells early what keeps them from it.
import { setTimeout as delay } from "node:timers/promises";
import { OperatorError } from "../errors.ts";
import { Deliveries } from "./deliveries.ts";
import type { Item, Kubectl } from "./kubectl.ts";
import { type Event, type Pod, type Workload, failedContainer, isOfCheck, isRolledOut, troubleOf, waitsFor } from "./pods.ts";
import { RefusedFiles } from "./refusal.ts";
import { checks, ours, runs } from "./selectors.ts";

/** Seconds in which pods have to be there: an image may have to be pulled. */
const patience = 300;

interface Job extends Item {
  readonly status?: { readonly succeeded?: number; readonly failed?: number; readonly conditions?: readonly { readonly type: string; readonly message?: string }[] };
}

/** What a check of files that has failed says; undefined where none has. */
export async function failedCheck(kubectl: Kubectl): Promise<RefusedFiles | undefined> {
  const failed = await failure(kubectl, await kubectl.list<Job>("jobs", ...checks));
  return failed === undefined ? undefined : new RefusedFiles(failed);
}

/** Waits for the checks of files. @throws OperatorError with the reason for which files were refused */
export async function checksPassed(kubectl: Kubectl): Promise<void> {
  await finished(kubectl, checks, (reason) => new RefusedFiles(reason));
}

/** Waits for what runs once. @throws OperatorError with the last words of what has failed */
export async function ranOnce(kubectl: Kubectl): Promise<void> {
  await finished(kubectl, runs, (reason) => new OperatorError(reason));
}

async function finished(kubectl: Kubectl, selector: readonly string[], errorOf: (reason: string) => OperatorError): Promise<void> {
  const started = Date.now();
  for (;;) {
    const jobs = await kubectl.list<Job>("jobs", ...selector);
    const failed = await failure(kubectl, jobs);
    if (failed !== undefined) throw errorOf(failed);
    const waiting = jobs.filter(({ status }) => (status?.succeeded ?? 0) === 0);
    if (waiting.length === 0) return;
    const jobOf = ({ metadata: { labels } }: Pod) => labels?.["batch.kubernetes.io/job-name"];
    const pods = (await kubectl.list<Pod>("pods", ...selector)).filter((pod) => waiting.some(({ metadata }) => metadata.name === jobOf(pod)) && pod.status?.phase !== "Failed"); // that its Job tells
    // One that runs has its own deadline.
    const idle = waiting.filter(({ metadata }) => !pods.some((pod) => jobOf(pod) === metadata.name && pod.status?.phase === "Running"));
    await look(kubectl, idle, pods, idle.length === 0 ? Date.now() : started);
    await delay(300);
  }
}

async function failure(kubectl: Kubectl, jobs: readonly Job[]): Promise<string | undefined> {
  const failed = jobs.find(({ status }) => (status?.failed ?? 0) > 0);
  if (!failed) return undefined;
  const reason = failed.status?.conditions?.find(({ type }) => type === "Failed")?.message; // of a run that took too long, whose pod is gone
  return `${failed.metadata.name}: ${(await lastWords(kubectl, failed)) ?? reason ?? "failed, and says nothing"}`;
}

/** Waits for the workloads. @throws OperatorError with what is wrong, as soon as no waiting helps */
export async function rolledOut(kubectl: Kubectl): Promise<void> {
  const started = Date.now();
  const deliveries = new Deliveries(kubectl);
  for (;;) {
    const workloads = await kubectl.list<Workload>("statefulsets,deployments,daemonsets", ...ours);
    const waiting = workloads.filter((workload) => !isRolledOut(workload));
    if (waiting.length === 0) return;
    const names = new Set(waiting.map(({ metadata }) => metadata.name));
    const pods = (await ourPods(kubectl)).filter((pod) => !isOfCheck(pod) && names.has(pod.metadata.labels?.["app.kubernetes.io/name"] ?? ""));
    await look(kubectl, waiting, pods, started);
    for (const pod of pods.filter(waitsForFiles)) await deliveries.look(pod);
    await delay(300);
  }
}

/** @throws OperatorError where something will not come, or has not come in time */
async function look(kubectl: Kubectl, waiting: readonly Item[], pods: readonly Pod[], started: number): Promise<void> {
  const trouble = pods.map(troubleOf).find((line) => line !== undefined) ?? (await refusedPods(kubectl, waiting, started));
  if (trouble !== undefined) throw new OperatorError(trouble);
  if (Date.now() < started + patience * 1000) return;
  const reasons = pods.flatMap((pod) => waitsFor(pod) ?? []);
  throw new OperatorError(`${waiting.map(({ kind, metadata }) => `${kind} ${metadata.name}`).join(", ")}: not there after ${patience} s${reasons.length === 0 ? "" : `: ${reasons.join("; ")}`}`);
}

/** A pod that may not even be made, for a quota or for Pod Security: the last word on it since this wait began. */
async function refusedPods(kubectl: Kubectl, waiting: readonly Item[], started: number): Promise<string | undefined> {
  const names = new Set(waiting.map(({ metadata }) => metadata.name));
  const events = await kubectl.list<Event>("events", "--field-selector", "reason=FailedCreate");
  const fresh = events.filter(({ lastTimestamp }) => Date.parse(lastTimestamp ?? "") >= started - 1000); // they tell whole seconds
  const refused = fresh.filter(({ involvedObject }) => names.has(involvedObject.name.replace(/-[0-9a-z]{6,10}$/, "")) || names.has(involvedObject.name)).at(-1);
  return refused && `${refused.involvedObject.kind} ${refused.involvedObject.name}: ${refused.message}`;
}

function ourPods(kubectl: Kubectl): Promise<Pod[]> {
  return kubectl.list<Pod>("pods", ...ours);
}

/** Whether its sidecar runs and has not delivered anything yet. */
function waitsForFiles({ status }: Pod): boolean {
  const deliver = status?.initContainerStatuses?.find(({ name }) => name === "deliver");
  return deliver !== undefined && deliver.started !== true && deliver.state?.waiting === undefined;
}

/** Of the container that a Job failed for. What it said last may come a moment after its end. */
async function lastWords(kubectl: Kubectl, job: Job): Promise<string | undefined> {
  const pods = await kubectl.list<Pod>("pods", "--selector", `batch.kubernetes.io/job-name=${job.metadata.name}`);
  const container = pods.map(failedContainer).find((name) => name !== undefined);
  if (container === undefined) return undefined;
  for (const end = Date.now() + 5000; Date.now() < end; await delay(300)) {
    const { stdout } = await kubectl.ask(["logs", `job/${job.metadata.name}`, "--container", container, "--tail", "1"]);
    if (stdout.trim() !== "") return stdout.trim();
  }
  return undefined;
}
