// Files staged the way kubelet does it: a directory of its own for each state, and one link that names the state in force.
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { keyOf } from "../../platform/kubernetes/keys.ts";
import type { Files } from "./tar.ts";

export class Staged {
  readonly directory = mkdtempSync(join(tmpdir(), "staged-"));
  #states = 0;

  /** Puts other files in place of those that were there, at once. */
  put(files: Files): void {
    this.putKeys(Object.fromEntries(Object.entries(files).map(([path, content]) => [keyOf(path), content as string])));
  }

  putKeys(data: Readonly<Record<string, string>>): void {
    const state = `..2026_01_01_${++this.#states}`;
    mkdirSync(join(this.directory, state), { mode: 0o755 });
    for (const [key, content] of Object.entries(data)) writeFileSync(join(this.directory, state, key), content, { mode: 0o644 });
    symlinkSync(state, join(this.directory, "..new"));
    renameSync(join(this.directory, "..new"), join(this.directory, "..data"));
  }

  remove(): void {
    rmSync(this.directory, { recursive: true });
  }
}
