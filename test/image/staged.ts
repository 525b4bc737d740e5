// Files staged the way kubelet does it: a directory of its own for each state, one link to the state that counts, and a link
// for each file.
import { chmodSync, mkdirSync, mkdtempSync, readlinkSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { keyOf } from "../../platform/kubernetes/keys.ts";
import type { Files } from "./tar.ts";

export class Staged {
  readonly directory = mkdtempSync(join(tmpdir(), "staged-"));
  #states = 0;

  constructor() {
    chmodSync(this.directory, 0o755);
    this.put({});
  }

  /** Puts these files in place of those that were there, at once. */
  put(files: Files): void {
    this.putKeys(Object.fromEntries(Object.entries(files).map(([path, content]) => [keyOf(path), content as string])));
  }

  putKeys(data: Readonly<Record<string, string>>): void {
    const state = `..2026_01_01_00_00_00.${++this.#states}`;
    mkdirSync(join(this.directory, state), { mode: 0o755 });
    for (const [key, content] of Object.entries(data)) writeFileSync(join(this.directory, state, key), content, { mode: 0o644 });
    const old = this.#states === 1 ? undefined : readlinkSync(join(this.directory, "..data"));
    symlinkSync(state, join(this.directory, "..data_tmp"));
    renameSync(join(this.directory, "..data_tmp"), join(this.directory, "..data"));
    if (old !== undefined) rmSync(join(this.directory, old), { recursive: true });
  }

  remove(): void {
    rmSync(this.directory, { recursive: true });
  }
}
