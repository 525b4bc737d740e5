// What the settings code says to settings that a test gives.
import { parseSettings } from "../../../settings/parse.ts";
import { problemLines } from "../../../settings/problems.ts";
import type { Settings } from "../../../settings/schema.ts";

/** The least that a stack has to say. */
export const domains = [{ name: "a.example" }];

/** The lines an operator sees; none for settings that are fine. */
export function linesOf(given: Readonly<Record<string, unknown>>): string[] {
  const parsed = parseSettings(given, "test");
  return "problems" in parsed ? problemLines(parsed.problems) : [];
}

/** Complete settings. @throws with the problems where there are any */
export function settingsFrom(given: Readonly<Record<string, unknown>> = {}): Settings {
  const parsed = parseSettings({ domains, ...given }, "test");
  if ("problems" in parsed) throw new Error(problemLines(parsed.problems).join("\n"));
  return parsed.settings;
}
