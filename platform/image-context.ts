// Build contexts by content: the same sources give the same tag, on every machine.
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { filesBelow } from "./files-below.ts";
import type { ImageSource } from "./workload.ts";

export interface ImageContext {
  /** The build context, relative to the project. */
  readonly path: string;
  /** `prosody-stack/<name>:<first 12 hex digits of the hash over its files>`. */
  readonly reference: string;
}

/** Assembles the build context of an image below `.build/images`, unless it is there already. */
export function imageContext(source: ImageSource): ImageContext {
  const hash = hashOf(source);
  const path = join(".build/images", `${source.name}-${hash}`);
  if (!existsSync(path)) {
    const incoming = `${path}.${process.pid}`;
    for (const { from, to, only } of source.directories) {
      mkdirSync(join(incoming, to), { recursive: true });
      for (const file of sourcesOf(from, only)) cpSync(join(from, file), join(incoming, to, file), { preserveTimestamps: false });
    }
    try {
      renameSync(incoming, path);
    } catch (error) {
      if (!existsSync(path)) throw error; // else another run was faster with the same content
      rmSync(incoming, { recursive: true });
    }
  }
  return { path, reference: `prosody-stack/${source.name}:${hash}` };
}

function hashOf({ directories }: ImageSource): string {
  const hash = createHash("sha256");
  for (const { from, to, only } of directories) {
    for (const file of sourcesOf(from, only)) {
      const executable = (statSync(join(from, file)).mode & 0o100) !== 0;
      hash.update(`${join(to, file)}\0${executable ? "x" : "-"}\0`).update(readFileSync(join(from, file))).update("\0");
    }
  }
  return hash.digest("hex").slice(0, 12);
}

function sourcesOf(directory: string, only = /^/): string[] {
  const { files, links } = filesBelow(directory);
  if (links.length > 0) throw new Error(`${join(directory, links[0]!)} is a symbolic link; images are built of files and directories only`);
  return files.filter((file) => !file.endsWith(".ts") && only.test(file));
}
