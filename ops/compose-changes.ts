// What an `up` through Compose would change, told against what the last one applied.
import type { Rendered } from "../render/render.ts";
import { type LastApplied, LastAppliedFile, changedKeys } from "./last-applied.ts";
import type { Stack } from "./stack.ts";

type Section = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** What was applied last: the compose file, a keyed hash of each delivered file, and the outputs. */
export interface Applied extends LastApplied {
  readonly compose: Readonly<Record<string, Section>>;
  readonly files: Readonly<Record<string, string>>;
}

const file = new LastAppliedFile<Applied>("applied.json");

/** What was applied last; undefined before the first time, and after the stack was taken down. */
export function readApplied(stack: Stack): Applied | undefined {
  return file.read(stack);
}

export function recordApplied(stack: Stack, project: Rendered): void {
  file.write(stack, appliedOf(project));
}

export function forgetApplied(stack: Stack): void {
  file.remove(stack);
}

/** A line per change: `+` created, `~` replaced (its sessions end), `=` files delivered to it live, `-` removed. */
export function changesSince(before: Pick<Applied, "compose" | "files"> = { compose: {}, files: {} }, project: Rendered): string[] {
  const after = appliedOf(project);
  return [
    ...sectionChanges("network", before.compose.networks ?? {}, after.compose.networks ?? {}, "all sessions end"),
    ...sectionChanges("volume", before.compose.volumes ?? {}, after.compose.volumes ?? {}),
    ...serviceChanges(before.compose.services ?? {}, after.compose.services ?? {}, project),
    ...fileChanges(before.files, after.files),
  ];
}

/** Whether a service is to be another one than was applied. */
export function changesService(name: string, before: Applied | undefined, project: Rendered): boolean {
  const old = before?.compose.services?.[name];
  return old === undefined || changedKeys(old, appliedOf(project).compose.services![name]!).length > 0;
}

/** Whether a network or a long-running container that was applied would be replaced. */
export function replaces(kind: "network" | "container", before: Applied | undefined, project: Rendered): boolean {
  const section = kind === "network" ? "networks" : "services";
  const [old, next] = [before?.compose[section] ?? {}, (project.compose as Applied["compose"])[section] ?? {}];
  const brief = [...project.oneShots, ...project.runs];
  return Object.keys(old).some((name) => !brief.includes(name) && changedKeys(old[name]!, next[name] ?? {}).length > 0);
}

function appliedOf({ compose, files, fingerprint, recording, namespace }: Rendered): Applied {
  return {
    compose: JSON.parse(JSON.stringify(compose)) as Applied["compose"],
    files: Object.fromEntries(files.map((file) => [file.path, fingerprint([file])])),
    outputs: recording.outputs,
    secretOutputs: [...recording.secretOutputs],
    namespace,
  };
}

function serviceChanges(before: Section, after: Section, { oneShots, runs }: Pick<Rendered, "oneShots" | "runs">): string[] {
  const some = (section: Section, wanted: (name: string) => boolean) => Object.fromEntries(Object.entries(section).filter(([name]) => wanted(name)));
  const isLongRunning = (name: string) => !oneShots.includes(name) && !runs.includes(name);
  const isRun = (name: string) => runs.includes(name);
  const deliveries = oneShots.filter((name) => before[name] && changedKeys(before[name], after[name] ?? {}).length > 0);
  return [
    ...sectionChanges("container", some(before, isLongRunning), some(after, isLongRunning), "its sessions end"),
    ...sectionChanges("container", some(before, isRun), some(after, isRun), "runs again"),
    ...deliveries.map((name) => `= container ${name}: runs again and delivers its files live`),
  ];
}

function sectionChanges(kind: string, before: Section, after: Section, consequence?: string): string[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].toSorted();
  return names.flatMap((name) => {
    const [old, next] = [before[name], after[name]];
    if (!old) return [`+ ${kind} ${name}`];
    if (!next) return [`- ${kind} ${name}`];
    const keys = changedKeys(old, next);
    return keys.length > 0 ? [`~ ${kind} ${name}: ${keys.join(", ")}${consequence ? ` (${consequence})` : ""}`] : [];
  });
}

function fileChanges(before: Applied["files"], after: Applied["files"]): string[] {
  if (Object.keys(before).length === 0) return [];
  const paths = [...new Set([...Object.keys(before), ...Object.keys(after)])].toSorted();
  return paths
    .filter((path) => before[path] !== after[path])
    .map((path) => `  ${before[path] === undefined ? "+" : after[path] === undefined ? "-" : "~"} ${path}`);
}
