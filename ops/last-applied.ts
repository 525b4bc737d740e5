// What an engine that has no state of its own keeps of a stack: what it applied last, with the outputs.
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { RecordedStack } from "../render/record-stack.ts";
import { writePrivate } from "../render/store.ts";
import type { Engine } from "./engine.ts";
import { OperatorError } from "./errors.ts";
import { withLock } from "./lock.ts";
import type { Stack } from "./stack.ts";

export interface LastApplied {
  readonly outputs: Readonly<Record<string, unknown>>;
  readonly secretOutputs: readonly string[];
  /** The name under which the stack is up. */
  readonly namespace: string;
}

/** A file of that name in a stack's state directory. */
export class LastAppliedFile<T extends LastApplied> {
  private readonly name: string;

  constructor(name: string) {
    this.name = name;
  }

  /** Undefined before the first time, and after the stack was taken down. */
  read(stack: Stack): T | undefined {
    const path = this.pathOf(stack);
    return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as T) : undefined;
  }

  write(stack: Stack, applied: T): void {
    writePrivate(this.pathOf(stack), JSON.stringify(applied));
  }

  remove(stack: Stack): void {
    rmSync(this.pathOf(stack), { force: true });
  }

  private pathOf({ stateDirectory }: Stack): string {
    return join(stateDirectory, this.name);
  }
}

/** @throws OperatorError while the stack is up under another name */
export function refuseOtherNamespace({ name }: Stack, applied: LastApplied | undefined, namespace: string): void {
  if (!applied || applied.namespace === namespace) return;
  throw new OperatorError(`namespace: found ${namespace}, and the stack is up as ${applied.namespace}; take it down first (npm run down -- --stack ${name}), its data stays with the old name`);
}

/** Outputs of what was applied; before that, those that the first `up` will have. */
export async function outputsOf(stack: Stack, applied: LastApplied | undefined, render: () => Promise<RecordedStack>): ReturnType<Engine["outputs"]> {
  if (applied) return { values: applied.outputs, secret: new Set(applied.secretOutputs) };
  // Not beside an up that makes the first passwords: the later writer's would be kept, the earlier one's be in force.
  return withLock(stack, async () => {
    const { recording, save } = await render();
    save({ forget: false });
    return { values: recording.outputs, secret: recording.secretOutputs };
  });
}

/** Names whose values differ, sorted. */
export function changedKeys(before: Readonly<Record<string, unknown>>, after: Readonly<Record<string, unknown>>): string[] {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].filter((key) => JSON.stringify(before[key]) !== JSON.stringify(after[key])).toSorted();
}
