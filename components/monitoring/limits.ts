// What rules have to know of the settings, as figures that they can compare with.
import type { Settings } from "../../settings/schema.ts";
import { sourcesOf } from "./sources.ts";

/** A group of recording rules, named like those of the files. */
export interface LimitsGroup {
  readonly name: string;
  readonly rules: readonly { readonly record: string; readonly expr: string; readonly labels: Readonly<Record<string, string>> }[];
}

type Limiting = Pick<Settings, "namespace" | "resources" | "archive" | "uploads" | "logs"> & Parameters<typeof sourcesOf>[0];

/**
 * Bytes: `stack:prosody_memory_limit_bytes`, what the container of Prosody may have. Where backups look at the oldest records,
 * seconds: `stack:retention_seconds`, how long each kind is kept; none of one that is kept for good.
 *
 * @example limitsOf(settings)[0].rules[0].expr // "vector(536870912)"
 */
export function limitsOf(settings: Limiting): LimitsGroup[] {
  const stack = settings.namespace;
  const memory = { record: "stack:prosody_memory_limit_bytes", expr: `vector(${settings.resources.memory})`, labels: { stack } };
  const kept = Object.entries(keptFor(settings)).flatMap(([kind, seconds]) => (seconds === "never" ? [] : [{ record: "stack:retention_seconds", expr: `vector(${seconds})`, labels: { stack, kind } }]));
  return [
    { name: "prosody.limits", rules: [memory] },
    ...(sourcesOf(settings).has("backup") && kept.length > 0 ? [{ name: "backup.limits", rules: kept }] : []),
  ];
}

/** By the kinds of `stack_oldest_record_age_seconds` (components/backup/image/stack_backup/retention.py). */
function keptFor({ archive, uploads, logs }: Limiting): Readonly<Record<string, number | "never">> {
  return { messages: archive.messages, rooms: archive.rooms, uploads: uploads.keep, audit: logs.audit };
}
