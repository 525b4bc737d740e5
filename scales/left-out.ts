// What this run leaves out of a stack, for it cannot be had: said by `up` to the program, which under Pulumi is a process of its own.
import type { Settings } from "../settings/schema.ts";

const variable = "PROSODY_STACK_WITHOUT";

/** Has the program leave it out, or not. */
export function leaveOut(without: "grafana" | undefined): void {
  if (without === undefined) delete process.env[variable];
  else process.env[variable] = without;
}

/** The settings without it. */
export function withoutLeftOut(settings: Settings): Settings {
  return process.env[variable] === "grafana" ? { ...settings, grafana: { ...settings.grafana, image: undefined } } : settings;
}
