// npm run down: takes the stack down and keeps its data; with --data that goes too, after asking.
import { rmSync } from "node:fs";
import { confirm } from "./confirm.ts";
import { engineOf } from "./engine.ts";
import { withLock } from "./lock.ts";
import { say } from "./run.ts";
import type { Command } from "./stack.ts";

export const down: Command = async (stack, { data, yes }) => {
  if (data && !yes) await confirm(stack, "--data", "all accounts, messages and keys");
  await withLock(stack, async () => {
    const engine = await engineOf(stack);
    await engine.down({ data });
    // The rendered project has the passwords and keys too.
    if (data) for (const directory of [stack.stateDirectory, stack.renderedDirectory]) rmSync(directory, { recursive: true, force: true });
    say(data ? `stack ${stack.name} and its data are gone` : `stack ${stack.name} is down; its data is kept (npm run up${stack.name === "dev" ? "" : ` -- --stack ${stack.name}`} brings it back)`);
  });
};
