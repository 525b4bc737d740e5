// The stack's own files and state, which only this machine has: they are handed to the workload that makes backups, so that each of
// those has what a new machine needs.
import { existsSync, readFileSync, statSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { basename, join, relative, resolve } from "node:path";
import { filesBelow } from "../platform/files-below.ts";
import type { Settings } from "../settings/schema.ts";
import { backupProgram, lastLine } from "./backup-program.ts";
import { OperatorError } from "./errors.ts";
import type { Place } from "./place.ts";
import type { Stack } from "./stack.ts";

/** Milliseconds that the workload gets to start, and a backup that is being made to end. */
const patience = 60_000;

/** Hands them over. @throws OperatorError with the reason why the workload has not taken them */
export async function handOver(stack: Stack, settings: Settings, place: Place): Promise<void> {
  const files = JSON.stringify(stackFiles(stack, settings));
  for (const end = Date.now() + patience; ; await delay(500)) {
    const { exitCode, stdout, stderr } = await place.execute("backup", backupProgram("take"), files);
    if (exitCode === 0) return;
    if (Date.now() > end) throw new OperatorError(`backups were not given the stack's own files: ${lastLine(stdout, stderr)}; see ${place.logs("backup")}`);
  }
}

/** Their contents (base64) by where they lie in a backup: `settings/`, `state/`, and `files/` for what the settings name. */
export function stackFiles({ configFile, stateDirectory }: Stack, settings: Settings): Record<string, string> {
  const named = namedFiles(settings).flatMap((path) => (statSync(path).isDirectory() ? filesBelow(path).files.map((file) => join(path, file)) : [path]));
  const state = existsSync(stateDirectory) ? filesBelow(stateDirectory).files.filter(isState) : [];
  const entries: [string, string][] = [
    [`settings/${basename(configFile)}`, configFile],
    ...state.map((file): [string, string] => [`state/${file}`, join(stateDirectory, file)]),
    ...named.map((path): [string, string] => [`files/${inProject(path)}`, path]),
  ];
  return Object.fromEntries(entries.map(([name, path]) => [name, readFileSync(path).toString("base64")]));
}

/** Paths that settings may have in the place of a text. */
function namedFiles({ overrides, modules, webClient, certificates, externalDatabase, backup }: Settings): string[] {
  const certificateFiles = Object.values(certificates).flatMap(({ certificate, key }) => [certificate, key]);
  return [overrides, modules.directory, webClient.logo, ...certificateFiles, externalDatabase.ca, backup.s3.ca].filter(
    (text): text is string => text !== undefined && !text.includes("\n") && existsSync(text),
  );
}

/** What is written anew by the next command is none. */
function isState(file: string): boolean {
  return !/(^|\/)(lock|.*\.lock|down\.yaml)$/.test(file) && !file.startsWith("pulumi/.pulumi/locks/");
}

/** Below the project, or by the whole path where it is elsewhere. */
function inProject(path: string): string {
  const below = relative(".", path);
  return below.startsWith("..") ? resolve(path).slice(1) : below;
}
