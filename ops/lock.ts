// One command at a time changes a stack.
import { mkdirSync, openSync, readFileSync, rmSync, writeSync, closeSync } from "node:fs";
import { join } from "node:path";
import { OperatorError } from "./errors.ts";
import type { Stack } from "./stack.ts";

/** Runs while holding the stack's lock. @throws OperatorError when another process that is alive holds it */
export async function withLock<T>(stack: Stack, action: () => Promise<T>): Promise<T> {
  mkdirSync(stack.stateDirectory, { recursive: true, mode: 0o700 });
  const path = join(stack.stateDirectory, "lock");
  take(path, stack);
  try {
    return await action();
  } finally {
    rmSync(path, { force: true });
  }
}

function take(path: string, stack: Stack): void {
  try {
    const file = openSync(path, "wx", 0o600);
    writeSync(file, String(process.pid));
    closeSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    const holder = Number(readFileSync(path, "utf8"));
    if (isAlive(holder)) throw new OperatorError(`stack ${stack.name} is being changed by process ${holder}; wait for it`);
    rmSync(path, { force: true }); // left by a run that was killed
    take(path, stack);
  }
}

function isAlive(process_: number): boolean {
  try {
    process.kill(process_, 0);
    return process_ > 0;
  } catch {
    return false;
  }
}
