// What cannot be taken back is asked for by name.
import { createInterface } from "node:readline/promises";
import { OperatorError } from "./errors.ts";
import type { Stack } from "./stack.ts";

/** @throws OperatorError unless the operator types the stack's name, to what an option would remove */
export async function confirm({ name }: Pick<Stack, "name">, option: string, removed: string): Promise<void> {
  if (!process.stdin.isTTY) throw new OperatorError(`${option} removes ${removed} of stack ${name}; add --yes to confirm`);
  const prompt = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await prompt.question(`This removes ${removed} of stack ${name}. Type its name to go on: `);
  prompt.close();
  if (answer.trim() !== name) throw new OperatorError("nothing was removed");
}
