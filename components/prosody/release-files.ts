// The files of one release of Prosody's configuration: the templates as they are, the generated table, certificates
// and secrets. They are checked and swapped in as one.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createHash } from "node:crypto";
import type * as pulumi from "@pulumi/pulumi";
import { filesBelow } from "../../platform/files-below.ts";
import { plainFile, type DeliveredFile } from "../../platform/workload.ts";
import { luaValue } from "./lua.ts";
import type { SettingsTable } from "./settings-table.ts";

const templates = "config-templates/prosody";

/** The Lua files, firewall scripts and the generated settings table, and the operator's overrides where there are any. */
export function configurationFiles(table: SettingsTable, overrides: string | undefined): DeliveredFile[] {
  return [
    ...filesBelow(templates).files.map((path) => plainFile(path, readFileSync(join(templates, path), "utf8"))),
    plainFile("settings.lua", `return ${luaValue(table)}\n`),
    ...(overrides === undefined ? [] : [plainFile("overrides.cfg.lua", readFileSync(overrides, "utf8"))]),
  ];
}

/** A file below secrets/, without a newline at its end: Prosody's Credential() would keep it. */
export function secretFile(name: string, content: pulumi.Input<string>): DeliveredFile {
  return { path: `secrets/${name}`, content, secret: true };
}

/** Of the table: what is read at each use, or again at a reload. */
const live = ["log_level", "audit", "overrides", "logins", "sessions", "spam", "federation", "registration_blocklists"];

/**
 * A hash of what a plain reload does not reach (prosody.md §5: hosts, modules, ports and most options are read at the
 * start): the templates but for firewall scripts, which are recompiled, and the table but for what is `live`.
 */
export function restartHash(table: SettingsTable): string {
  const hash = createHash("sha256").update(luaValue(Object.fromEntries(Object.entries(table).filter(([key]) => !live.includes(key)))));
  for (const path of filesBelow(templates).files.filter((file) => !file.startsWith("firewall/"))) {
    hash.update(`\0${path}\0`).update(readFileSync(join(templates, path)));
  }
  return hash.digest("hex").slice(0, 16);
}
