// What is wrong with a configuration, in the words of the person who has to mend it.
import type { z } from "zod";

export const namespace = "prosody-stack";

export interface Problem {
  /** Where it is, e.g. `domains[0].name`. */
  readonly key: string;
  /** What was found there and what is expected, and what to do where that is not the same. */
  readonly text: string;
}

/** One line a problem, sorted by key, each once. */
export function problemLines(problems: readonly Problem[]): string[] {
  const lines = problems.map(({ key, text }) => `${namespace}:${key}: ${text}`);
  return [...new Set(lines)].toSorted();
}

/** Settings whose values are secrets: a message names them and never shows what they hold. */
const secretSettings = new Set(["adminPasswords", "secrets", "certificates"]);

/** Secrets among the values of settings that hold others, too. */
const secretValues = ["externalDatabase.password", "backup.password", "backup.s3.secretAccessKey", "alerts.webhook", "alerts.email.password", "logs.ship.otlp.headers"];

/** A problem out of a zod issue; the schema's messages say what is expected. */
export function problemOf(issue: z.core.$ZodIssue): Problem[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({
      key: keyOf([...issue.path, key]),
      text: `unknown setting; look it up in docs/settings.md, or remove it`,
    }));
  }
  return [{ key: keyOf(issue.path), text: `found ${found(issue)}, expected ${issue.message}` }];
}

function keyOf(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (key, part) => (typeof part === "number" ? `${key}[${part}]` : key === "" ? String(part) : `${key}.${String(part)}`),
    "",
  );
}

function found(issue: z.core.$ZodIssue): string {
  if (issue.input === undefined) return "nothing";
  if (isSecret(issue.path.map(String))) return "a value (not shown)";
  const text = JSON.stringify(issue.input);
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}

/** A secret, what holds one, or what one is made of. */
function isSecret(path: readonly string[]): boolean {
  const key = path.join(".");
  return secretSettings.has(path[0] ?? "") || secretValues.some((secret) => secret === key || secret.startsWith(`${key}.`) || key.startsWith(`${secret}.`));
}
