// Runs the program without Pulumi's engine and writes what it asked for as a Compose project.
import { createHmac, randomBytes } from "node:crypto";
import { chownSync, cpSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import * as yaml from "js-yaml";
import { type ComposeProject, type RenderedFile, composeProject } from "./compose.ts";
import { readStackConfiguration } from "./project.ts";
import { providers } from "./providers.ts";
import { type Recording, record } from "./recorder.ts";
import { Store } from "./store.ts";

export interface RenderOptions {
  readonly stack: string;
  /** The stack's settings file; Pulumi.<stack>.yaml by default. */
  readonly configFile?: string | undefined;
  /** Directory with the stack's passwords, keys and certificates. */
  readonly stateDirectory: string;
}

export interface Rendered extends ComposeProject {
  readonly recording: Recording;
  /** A keyed hash of files, safe to show even where they are secrets. */
  readonly fingerprint: (files: readonly RenderedFile[]) => string;
  /** Keeps the passwords, keys and certificates that were made; nothing is kept until then. */
  readonly save: Store["save"];
}

let runs = 0;

/** What the stack's program asks for, as a Compose project. @throws pulumi.RunError with all problems of the configuration */
export async function renderStack({ stack, configFile, stateDirectory }: RenderOptions): Promise<Rendered> {
  const store = new Store(join(stateDirectory, "resources.json"));
  const { key } = await store.keep("fingerprint", {}, () => ({ key: randomBytes(32).toString("hex") }));
  // A module is evaluated once for a name; the program is to run each time.
  const program = async () => ({ ...((await import(/* @vite-ignore */ `../index.ts?run=${++runs}`)) as Record<string, unknown>) });
  const recording = await record(program, {
    ...readStackConfiguration(stack, configFile),
    stack,
    newResource: providers(store),
  });
  const fingerprint = (files: readonly RenderedFile[]) => createHmac("sha256", String(key)).update(JSON.stringify(files)).digest("hex").slice(0, 16);
  return { ...composeProject(recording.registrations, fingerprint), recording, fingerprint, save: (options) => store.save(options) };
}

/** The file by which a directory is known to be one of ours, which may be replaced. */
const marker = ".prosody-stack";

/**
 * Writes a project to a directory, in place of the project that was there. Owners are set where this process may.
 *
 * @throws pulumi.RunError for a directory that holds something else
 */
export function writeProject(project: ComposeProject, path: string): void {
  const directory = resolve(path);
  const [incoming, previous] = [`${directory}.incoming`, `${directory}.previous`];
  for (const one of [directory, incoming, previous]) refuseForeign(one);
  rmSync(incoming, { recursive: true, force: true });
  const umask = process.umask(0o022); // the container's user goes through the directories
  try {
    writeFiles(project, incoming);
  } catch (error) {
    rmSync(incoming, { recursive: true, force: true }); // there are secrets in it
    throw error;
  } finally {
    process.umask(umask);
  }
  // The one-shot that reads these files runs as soon as it is told to; it must find one version of them.
  rmSync(previous, { recursive: true, force: true });
  if (existsSync(directory)) renameSync(directory, previous);
  renameSync(incoming, directory);
  rmSync(previous, { recursive: true, force: true });
}

function refuseForeign(directory: string): void {
  if (!existsSync(directory)) return;
  if (statSync(directory).isDirectory() && (readdirSync(directory).length === 0 || existsSync(join(directory, marker)))) return;
  throw new pulumi.RunError(`${directory}: found something else there, expected no directory, an empty one, or one that render has written; choose another`);
}

function writeFiles({ compose, files, builds }: ComposeProject, incoming: string): void {
  mkdirSync(incoming, { recursive: true });
  writeFileSync(join(incoming, marker), "Written by npm run render, which replaces this directory.\n");
  writeFileSync(join(incoming, "compose.yaml"), yaml.dump(withoutVariables(compose), { sortKeys: true, lineWidth: -1, noRefs: true }));
  writeFileSync(join(incoming, ".gitignore"), "secrets/\n");
  for (const { from, to } of builds) cpSync(from, join(incoming, to), { recursive: true });
  for (const { path, content, owner, secret } of files) {
    const target = join(incoming, path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, content, { mode: secret ? 0o600 : 0o644 });
    if (secret) own(target, owner);
  }
}

/** Compose puts variables where a dollar is; two of them are one. */
function withoutVariables(value: unknown): unknown {
  if (typeof value === "string") return value.replaceAll("$", "$$$$");
  if (Array.isArray(value)) return value.map(withoutVariables);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withoutVariables(item)]));
}

function own(path: string, { uid, gid }: RenderedFile["owner"]): void {
  if (process.getuid?.() === uid) return;
  try {
    chownSync(path, uid, gid);
  } catch {
    throw new pulumi.RunError(`${path}: cannot be given to uid ${uid}, which the service runs as; run this as root`);
  }
}
