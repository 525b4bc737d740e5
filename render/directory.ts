// A directory that is written as one: whoever reads it sees the version before or the one after.
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import * as pulumi from "@pulumi/pulumi";

/** The file by which a directory is known to be one of ours, which may be replaced. */
const marker = ".prosody-stack";

/**
 * Puts a directory in place of the one that was there.
 *
 * @param write writes the files into the directory that it is given
 * @throws pulumi.RunError for a directory that holds something else
 */
export function replaceDirectory(path: string, write: (directory: string) => void): void {
  const directory = resolve(path);
  const [incoming, previous] = [`${directory}.incoming`, `${directory}.previous`];
  for (const one of [directory, incoming, previous]) refuseForeign(one);
  rmSync(incoming, { recursive: true, force: true });
  const umask = process.umask(0o022); // the container's user goes through the directories
  try {
    mkdirSync(incoming, { recursive: true });
    writeFileSync(join(incoming, marker), "Written by npm run render, which replaces this directory.\n");
    writeFileSync(join(incoming, ".gitignore"), "secrets/\n");
    write(incoming);
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
