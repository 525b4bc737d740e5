// npm run down: takes the stack down and keeps its data; with --data that goes too, after asking.
import { rmSync } from "node:fs";
import { createInterface } from "node:readline/promises";
import { engineOf } from "./engine.ts";
import { OperatorError } from "./errors.ts";
import { withLock } from "./lock.ts";
import { say } from "./run.ts";
import type { Command, Stack } from "./stack.ts";

export const down: Command = async (stack, { data, yes }) => {
  if (data && !yes) await confirm(stack);
  await withLock(stack, async () => {
    const engine = await engineOf(stack);
    await engine.down({ data });
    // The rendered project has the passwords and keys too.
    if (data) for (const directory of [stack.stateDirectory, stack.renderedDirectory]) rmSync(directory, { recursive: true, force: true });
    say(data ? `stack ${stack.name} and its data are gone` : `stack ${stack.name} is down; its data is kept (npm run up${stack.name === "dev" ? "" : ` -- --stack ${stack.name}`} brings it back)`);
  });
};

/** @throws OperatorError unless the operator types the stack's name */
async function confirm({ name }: Stack): Promise<void> {
  if (!process.stdin.isTTY) throw new OperatorError(`--data removes all accounts, messages and keys of stack ${name}; add --yes to confirm`);
  const prompt = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await prompt.question(`This removes all accounts, messages and keys of stack ${name}. Type its name to go on: `);
  prompt.close();
  if (answer.trim() !== name) throw new OperatorError("nothing was removed");
}
