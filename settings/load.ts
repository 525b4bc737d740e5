// The settings of the stack that Pulumi runs, from its configuration.
import * as pulumi from "@pulumi/pulumi";
import { parseSettings } from "./parse.ts";
import { namespace, problemLines } from "./problems.ts";
import { type Settings, settingsSchema } from "./schema.ts";

/**
 * Reads and checks the whole configuration of the stack.
 *
 * @throws pulumi.RunError with one line per problem; nothing is registered by then.
 */
export function loadSettings(): Settings {
  return settingsOf(pulumi.runtime.allConfig(), pulumi.getStack());
}

/** The settings in a configuration as Pulumi hands it out. @throws pulumi.RunError as loadSettings does */
export function settingsOf(config: Readonly<Record<string, string>>, stack: string): Settings {
  const parsed = parseSettings(givenSettings(config), stack);
  if ("settings" in parsed) return parsed.settings;
  const lines = problemLines(parsed.problems);
  throw new pulumi.RunError(`${lines.length} problem${lines.length === 1 ? "" : "s"} in the configuration of stack ${stack}:\n${lines.join("\n")}`);
}

/** Pulumi hands out every value as text: JSON for whatever is not a string in the schema. */
function givenSettings(config: Readonly<Record<string, string>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(config)
      .filter(([key]) => key.startsWith(`${namespace}:`))
      .map(([key, value]) => {
        const name = key.slice(namespace.length + 1);
        return [name, isText(name) ? value : parseJson(value)];
      }),
  );
}

const texts = new Set<string>(["namespace", "stopGrace", "overrides", "welcomeMessage", "scale", "platform", "environment", "database"]);

function isText(name: string): boolean {
  return texts.has(name) || !(name in settingsSchema.shape);
}

function parseJson(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return value; // not JSON: the schema says what it should have been
  }
}
