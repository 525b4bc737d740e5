// What Prosody's own configuration manager makes of release trees.
import { chmod, mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { prosodyImage } from "../setup/prosody-image.ts";
import { writeTree } from "./tree.ts";
import type { Tree } from "./tree.ts";

export interface Loaded {
  /** Why the tree could not be loaded. */
  readonly error?: string;
  readonly warnings: readonly string[];
  /** Options by host, "*" is the global section. */
  readonly hosts: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Modules that Prosody would load for each host. */
  readonly modules: Readonly<Record<string, readonly string[]>>;
  /** Modules as the files list them, for each host and "*". */
  readonly listed: Readonly<Record<string, readonly string[]>>;
  readonly assignments: readonly { readonly file: string; readonly host: string; readonly option: string }[];
  /** `prosodyctl check config`. */
  readonly check: { readonly status: number | string; readonly output: string };
}

export interface Probed {
  readonly trees: ReadonlyMap<string, Loaded>;
  /** Modules that the image has. */
  readonly installed: readonly string[];
}

/** Loads all trees in one container. */
export async function loadTrees(trees: ReadonlyMap<string, Tree>): Promise<Probed> {
  const directory = await mkdtemp(join(tmpdir(), "prosody-trees-"));
  try {
    await chmod(directory, 0o755);
    const names = [...trees.keys()];
    await mkdir(join(directory, "trees"));
    await Promise.all(names.map((name, index) => writeTree(join(directory, "trees", String(index)), trees.get(name)!)));
    const { stdout } = await execa("docker", [
      ...["run", "--rm", "--network", "none", "--user", "5222:5222", "--env", "PROBE_TREES=/probe/trees"],
      ...["--volume", `${directory}:/probe:ro`],
      ...["--volume", `${fileURLToPath(new URL("probe.lua", import.meta.url))}:/probe.lua:ro`],
      ...["--entrypoint", "/usr/bin/lua5.4", await prosodyImage(), "/probe.lua"],
      ...["--config", "/probe/trees/0/prosody.cfg.lua"],
    ]);
    const result = JSON.parse(stdout.slice(stdout.lastIndexOf("\n") + 1)) as {
      trees: Record<string, Loaded>;
      installed: string[];
    };
    return {
      trees: new Map(names.map((name, index) => [name, result.trees[String(index)]!])),
      installed: [...result.installed, ...(await ownModules())],
    };
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** Our own modules, which a plain Debian image lacks. */
async function ownModules(): Promise<string[]> {
  const files = await readdir(new URL("../../components/prosody/image/modules", import.meta.url));
  return files.flatMap((file) => /^mod_(\w+)\.lua$/.exec(file)?.[1] ?? []);
}
