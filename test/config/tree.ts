// Release trees as they are staged for Prosody: the templates, generated settings, secrets.
import { cp, mkdir, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { luaValue } from "../../components/prosody/lua.ts";
import type { Settings } from "./example-settings.ts";

export const templates = fileURLToPath(new URL("../../config-templates/prosody", import.meta.url));

export interface Tree {
  readonly settings: Settings;
  /** A file of the templates that has nothing in it in this tree. */
  readonly emptied?: string;
  /** Content of overrides.cfg.lua. */
  readonly overrides?: string;
}

/** Writes the tree to `directory`, readable by any user, with a made-up value for each secret that the settings name. */
export async function writeTree(directory: string, tree: Tree): Promise<void> {
  for (const name of ["certs", "secrets"]) await mkdir(join(directory, name), { recursive: true });
  await cp(templates, directory, { recursive: true });
  await writeFile(join(directory, "settings.lua"), `return ${luaValue(tree.settings)}\n`);
  for (const name of secretNames(tree.settings)) await writeFile(join(directory, "secrets", name), `value of ${name}\n`);
  if (tree.overrides !== undefined) await writeFile(join(directory, "overrides.cfg.lua"), tree.overrides);
  if (tree.emptied !== undefined) await truncate(join(directory, tree.emptied));
}

function secretNames(value: unknown, key = ""): string[] {
  if (typeof value === "string") return /(^|_)secret$/.test(key) ? [value] : [];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([inner, child]) => secretNames(child, inner));
}
