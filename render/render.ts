// The stack as a Compose project, for reviews and for machines without Pulumi.
import { chownSync, cpSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import * as yaml from "js-yaml";
import { type ComposeProject, type RenderedFile, composeProject } from "./compose.ts";
import { replaceDirectory } from "./directory.ts";
import { type RecordedStack, type RenderOptions, recordStack } from "./record-stack.ts";

export interface Rendered extends ComposeProject, RecordedStack {}

/** What the stack's program asks for, as a Compose project. @throws pulumi.RunError with all problems of the configuration */
export async function renderStack(options: RenderOptions): Promise<Rendered> {
  const recorded = await recordStack(options);
  return { ...composeProject(recorded.recording.registrations, recorded.fingerprint), ...recorded };
}

/**
 * Writes a project to a directory, in place of the project that was there. Owners are set where this process may.
 *
 * @throws pulumi.RunError for a directory that holds something else
 */
export function writeProject({ compose, files, builds }: ComposeProject, path: string): void {
  replaceDirectory(path, (incoming) => {
    writeFileSync(join(incoming, "compose.yaml"), yaml.dump(withoutVariables(compose), { sortKeys: true, lineWidth: -1, noRefs: true }));
    for (const { from, to } of builds) cpSync(from, join(incoming, to), { recursive: true });
    for (const { path, content, owner, secret } of files) {
      const target = join(incoming, path);
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, content, { mode: secret ? 0o600 : 0o644 });
      if (secret) own(target, owner);
    }
  });
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
