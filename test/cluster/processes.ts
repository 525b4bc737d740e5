// The cluster's processes: each is started once, known by more than its number, and ended only while it is still that one.
import { spawn } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { identityOf } from "../../ops/lock.ts";
import { places } from "./places.ts";

export interface Daemon {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
}

/** Starts a process that outlives this one, unless it runs already. Its output goes to its log. */
export function start({ name, program, args }: Daemon): void {
  if (processOf(name) !== undefined) return;
  for (const directory of [places.processes, places.logs]) mkdirSync(directory, { recursive: true, mode: 0o700 });
  const log = openSync(logPath(name), "a");
  // Nothing of the caller's: neither its directory nor its environment, such as a proxy or a KUBECONFIG.
  const env = { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" };
  // As many files as are allowed: containers have the limit of whoever starts them, and a shell's is low.
  const child = spawn("sh", ["-c", 'ulimit -Sn "$(ulimit -Hn)"; exec "$0" "$@"', program, ...args], { detached: true, cwd: "/", env, stdio: ["ignore", log, log] });
  closeSync(log);
  child.unref();
  const identity = child.pid === undefined ? undefined : identityOf(child.pid);
  if (identity !== undefined) writeFileSync(recordPath(name), identity, { mode: 0o600 });
}

/** Number of the process that was started under that name, while it lives. */
export function processOf(name: string, directory: string = places.processes): number | undefined {
  const path = join(directory, name);
  if (!existsSync(path)) return undefined;
  const identity = readFileSync(path, "utf8");
  const number = Number(identity.split(" ")[0]);
  return identity !== "" && identityOf(number) === identity && !hasEnded(number) ? number : undefined;
}

/** Asks a process to end, makes it end after 15 seconds, and returns when it has. */
export async function stop(name: string): Promise<void> {
  const number = processOf(name);
  if (number !== undefined) {
    signal(number, "SIGTERM");
    for (const end = Date.now() + 15_000; Date.now() < end && processOf(name) !== undefined; ) await delay(20);
    if (processOf(name) !== undefined) signal(number, "SIGKILL");
    for (const end = Date.now() + 5_000; Date.now() < end && processOf(name) !== undefined; ) await delay(20);
  }
  rmSync(recordPath(name), { force: true });
}

/** The last lines that a process wrote. */
export function lastWords(name: string, lines = 5): string {
  return existsSync(logPath(name)) ? readFileSync(logPath(name), "utf8").trimEnd().split("\n").slice(-lines).join("\n") : "it wrote nothing";
}

export function signal(number: number, name: "SIGTERM" | "SIGKILL"): void {
  try {
    process.kill(number, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error; // it has ended by itself
  }
}

/** A process has ended, too, when its parent has not asked how: the first process of some machines takes its time. */
function hasEnded(number: number): boolean {
  try {
    const stat = readFileSync(`/proc/${number}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).startsWith("Z");
  } catch {
    return true;
  }
}

function recordPath(name: string): string {
  return join(places.processes, name);
}

function logPath(name: string): string {
  return join(places.logs, `${name}.log`);
}
