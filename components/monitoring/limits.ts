// What rules have to know of the settings, as figures that they can compare with.
import type { Settings } from "../../settings/schema.ts";

/** A group of recording rules, named like those of the files. */
export interface LimitsGroup {
  readonly name: string;
  readonly rules: readonly { readonly record: string; readonly expr: string; readonly labels: Readonly<Record<string, string>> }[];
}

/**
 * Bytes: `stack:prosody_memory_limit_bytes`, what the container of Prosody may have.
 *
 * @example limitsOf(settings).rules[0].expr // "vector(536870912)"
 */
export function limitsOf({ namespace, resources }: Pick<Settings, "namespace" | "resources">): LimitsGroup {
  return { name: "prosody.limits", rules: [{ record: "stack:prosody_memory_limit_bytes", expr: `vector(${resources.memory})`, labels: { stack: namespace } }] };
}
