// One command at a time changes a stack.
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { OperatorError } from "./errors.ts";
import type { Stack } from "./stack.ts";

/** A stack, or what else one command at a time changes. */
type Changed = Pick<Stack, "name" | "stateDirectory"> & { readonly kind?: string };

/** Runs while holding the stack's lock. @throws OperatorError when another process that is alive holds it */
export async function withLock<T>(stack: Changed, action: () => Promise<T>): Promise<T> {
  mkdirSync(stack.stateDirectory, { recursive: true, mode: 0o700 });
  const path = join(stack.stateDirectory, "lock");
  take(path, stack);
  try {
    return await action();
  } finally {
    rmSync(path, { force: true });
  }
}

function take(path: string, stack: Changed): void {
  const own = `${path}.${process.pid}`;
  writeFileSync(own, identityOf(process.pid)!, { mode: 0o600 });
  try {
    linkSync(own, path); // the lock is there with its holder in it, or not at all
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    const holder = textOf(path);
    const number = Number(holder?.split(" ")[0]);
    if (holder !== undefined && identityOf(number) === holder) {
      throw new OperatorError(`${stack.kind ?? "stack"} ${stack.name} is being changed by process ${number}; wait for it`);
    }
    if (holder !== undefined) removeStale(path, holder);
    take(path, stack);
  } finally {
    rmSync(own, { force: true });
  }
}

/** Removes the lock of a run that was killed, and not the one that another run has put in its place meanwhile. */
function removeStale(path: string, holder: string): void {
  const aside = `${path}.stale.${process.pid}`;
  try {
    renameSync(path, aside);
    if (textOf(aside) !== holder) linkSync(aside, path);
  } catch (error) {
    if (!["ENOENT", "EEXIST"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

/** A process by its number and its start, for numbers are used again; undefined when there is no such process. */
export function identityOf(process_: number): string | undefined {
  const stat = textOf(`/proc/${process_}/stat`);
  return stat && `${process_} ${textOf("/proc/sys/kernel/random/boot_id")?.trim()} ${stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]}`;
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (!["ENOENT", "ESRCH"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
    return undefined;
  }
}
