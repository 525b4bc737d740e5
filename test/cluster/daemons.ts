// The cluster's processes: started once, known by more than their number, stopped only if they are still those.
import { spawn } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { identityOf } from "../../ops/lock.ts";
import { programs, state } from "./facts.ts";

const record = (name: string) => join(state, "pids", name);

/** Starts a program in the background, with its log in the cluster's state, unless it runs already. */
export function start(name: string, args: readonly string[], program = join(programs, name)): void {
  if (runs(name)) return;
  for (const directory of ["pids", "logs"]) mkdirSync(join(state, directory), { recursive: true });
  const log = openSync(join(state, "logs", `${name}.log`), "a");
  const child = spawn(program, args, { detached: true, stdio: ["ignore", log, log], env: { ...process.env, PATH: `${programs}:${process.env.PATH}` } });
  child.on("error", () => undefined); // told by whoever waits for it
  child.unref();
  closeSync(log);
  if (child.pid !== undefined) writeFileSync(record(name), identityOf(child.pid) ?? "");
}

/** Whether the process that was started under that name is still there. */
export function runs(name: string): boolean {
  if (!existsSync(record(name))) return false;
  const known = readFileSync(record(name), "utf8");
  const pid = Number(known.split(" ")[0]);
  return known !== "" && identityOf(pid) === known && !isZombie(pid);
}

/** Ends it, by force after 20 s. */
export async function stop(name: string): Promise<void> {
  if (runs(name)) {
    const pid = Number(readFileSync(record(name), "utf8").split(" ")[0]);
    process.kill(pid, "SIGTERM");
    for (const end = Date.now() + 20_000; runs(name) && Date.now() < end; ) await delay(50);
    if (runs(name)) process.kill(pid, "SIGKILL");
  }
  rmSync(record(name), { force: true });
}

/** The last lines of its log. */
export function logOf(name: string, lines = 5): string {
  const path = join(state, "logs", `${name}.log`);
  return existsSync(path) ? readFileSync(path, "utf8").trimEnd().split("\n").slice(-lines).join("\n") : "";
}

/** One that has ended and that nobody has asked about yet is gone, too. */
function isZombie(pid: number): boolean {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  return stat.slice(stat.lastIndexOf(")") + 2).startsWith("Z");
}
