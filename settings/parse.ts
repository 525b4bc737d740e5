// From what an operator wrote to complete settings, or to everything that is wrong with it.
import { combinationProblems } from "./checks.ts";
import { type Environment, type Scale, defaultsFor, environmentDefaults, merge, scaleDefaults } from "./defaults.ts";
import { type Problem, problemOf } from "./problems.ts";
import { type Settings, settingsSchema } from "./schema.ts";

export type Parsed = { readonly settings: Settings } | { readonly problems: readonly Problem[] };

/**
 * Settings of a stack with the defaults of its scale and environment filled in, or all problems at once.
 *
 * @param given what the stack sets, as plain data; unset is undefined or an empty string
 * @example parseSettings({ domains: [{ name: "xmpp.example.org" }] }, "dev")
 */
export function parseSettings(given: Readonly<Record<string, unknown>>, stack: string): Parsed {
  const set = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== ""));
  const defaults = defaultsFor(
    known(set.scale, scaleDefaults) ? (set.scale as Scale) : "personal",
    known(set.environment, environmentDefaults) ? (set.environment as Environment) : "production",
    stack,
  );
  const complete = { admins: [], ...(merge(defaults, set) as Record<string, unknown>) };
  const result = settingsSchema.safeParse(complete, { reportInput: true });
  if (result.success) {
    const problems = combinationProblems(result.data, new Set());
    return problems.length > 0 ? { problems } : { settings: result.data };
  }

  // Put defaults where a setting is broken, so that combinations of the others are reported in the same go.
  const broken = new Set(result.error.issues.flatMap((issue) => (issue.path.length > 0 ? [String(issue.path[0])] : [])));
  const usable = Object.fromEntries(
    Object.entries(complete).filter(([key]) => key in settingsSchema.shape && !broken.has(key)),
  );
  const rest = settingsSchema.safeParse({ domains: [{ name: "placeholder.invalid" }], admins: [], ...defaults, ...usable });
  return {
    problems: [
      ...result.error.issues.flatMap(problemOf),
      ...(rest.success ? combinationProblems(rest.data, broken) : []),
    ],
  };
}

function known(value: unknown, choices: object): boolean {
  return typeof value === "string" && Object.hasOwn(choices, value);
}
