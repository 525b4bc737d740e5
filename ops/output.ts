// npm run output: what the stack tells about itself, the same way from both engines.
import { engineOf } from "./engine.ts";
import { OperatorError } from "./errors.ts";
import { say } from "./run.ts";
import type { Command } from "./stack.ts";

const hidden = "[secret]";

export const output: Command = async (stack, options) => {
  const { values, secret } = await (await engineOf(stack, { quiet: true })).outputs();
  const shown = Object.fromEntries(
    Object.keys(values)
      .toSorted()
      .map((name) => [name, secret.has(name) && !options["show-secrets"] ? hidden : values[name]]),
  );
  const [name] = options.positionals;
  if (name !== undefined && !Object.hasOwn(shown, name)) throw new OperatorError(`there is no output ${name}, expected one of ${Object.keys(shown).join(", ")}`);
  if (name !== undefined) return say(text(shown[name], options.json));
  say(options.json ? JSON.stringify(shown, null, 2) : Object.entries(shown).map(([key, value]) => `${key}: ${text(value, false)}`).join("\n"));
};

function text(value: unknown, json: boolean): string {
  return typeof value === "string" && !json ? value.trimEnd() : JSON.stringify(value, null, json ? 2 : 0);
}
