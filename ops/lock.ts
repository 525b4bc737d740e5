// One command at a time changes a stack.
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
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
  const own = `${path}.${process.pid}`;
  writeFileSync(own, String(process.pid), { mode: 0o600 });
  try {
    linkSync(own, path); // the lock is there with its holder's number in it, or not at all
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    const holder = holderOf(path);
    if (holder !== undefined && isAlive(holder)) throw new OperatorError(`stack ${stack.name} is being changed by process ${holder}; wait for it`);
    rmSync(path, { force: true }); // left by a run that was killed
    take(path, stack);
  } finally {
    rmSync(own, { force: true });
  }
}

/** Undefined when it has been let go of meanwhile. */
function holderOf(path: string): number | undefined {
  try {
    return Number(readFileSync(path, "utf8"));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    return undefined;
  }
}

function isAlive(holder: number): boolean {
  if (!(holder > 0)) return false; // not a number of ours; 0 would be this very process group
  try {
    process.kill(holder, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM"; // another user's, and alive
  }
}
