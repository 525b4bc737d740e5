// What a run that was killed leaves behind under Pulumi, and putting it right: the backend's lock, and operations whose
// end the state never learned of. Only for who holds the stack's own lock.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { OperatorError } from "./errors.ts";
import type { Deployment, PulumiState } from "./pulumi-state.ts";
import { run, say } from "./run.ts";

const patience = 300_000;

/**
 * Waits for a Pulumi process that outlived its `up`, then removes the locks that nobody holds any more.
 *
 * @param directory of the file backend
 */
export async function releaseLocks(directory: string, stackName: string, state: PulumiState): Promise<void> {
  let told = false;
  for (const end = Date.now() + patience; ; await delay(250)) {
    const holders = lockHolders(join(directory, ".pulumi/locks"), stackName);
    if (holders.length === 0) return;
    const holder = holders.find(isPulumi);
    if (holder === undefined) break;
    if (Date.now() > end) throw new OperatorError(`stack ${stackName} is still being changed by pulumi (process ${holder}), started by a run that was killed; wait for it or end it`);
    if (!told) say(`waiting for pulumi (process ${holder}), started by a run that was killed`);
    told = true;
  }
  await state.command("cancel", "--yes");
}

/** Removes what may have been made without the state knowing of it, then forgets that it was being made. Never a volume. */
export async function settlePending(state: PulumiState): Promise<void> {
  const exported = await state.export();
  const pending = exported?.deployment?.pending_operations ?? [];
  if (!exported || pending.length === 0) return;
  for (const { type, resource } of pending) {
    const name = resource.inputs?.name;
    if (type === "creating" && name !== undefined) await removeUnknown(resource.type, name);
  }
  const settled: Deployment = { ...exported, deployment: { ...exported.deployment, pending_operations: [] } };
  await state.import(settled);
}

/** A volume is left alone: its data may be all there is, and making it again is no error. */
async function removeUnknown(type: string, name: string): Promise<void> {
  const kind = /^docker:index\/(container|network):/.exec(type)?.[1];
  if (kind === undefined) return;
  const { exitCode, stderr } = await run("docker", [kind, "rm", ...(kind === "container" ? ["--force"] : []), name]);
  if (exitCode === 0) say(`${name}: removed, a run that was killed was making it`);
  else if (!/no such|not found/i.test(stderr)) throw new OperatorError(`${name}, which a run that was killed was making, cannot be removed: ${stderr.trim()}`);
}

/** Process numbers in a stack's lock files: `<organization>/<project>/<stack>/<uuid>.json`. */
function lockHolders(directory: string, stackName: string): number[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".json") && file.split("/").at(-2) === stackName)
    .map((file) => processIn(join(directory, file)));
}

/** 0 for a lock that is gone or half written. */
function processIn(file: string): number {
  try {
    return Number((JSON.parse(readFileSync(file, "utf8")) as { pid?: number }).pid ?? 0);
  } catch {
    return 0;
  }
}

/** Whether the process is there and is Pulumi, not another that got its number since. */
function isPulumi(process: number): boolean {
  try {
    return readFileSync(`/proc/${process}/cmdline`, "utf8").split("\0")[0]!.includes("pulumi"); // empty once it has ended
  } catch {
    return false;
  }
}
