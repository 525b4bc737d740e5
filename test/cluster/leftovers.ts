// What pods leave on a machine when the processes that looked after them have ended.
import { existsSync, readFileSync, readdirSync, readlinkSync, rmSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { run } from "../../ops/run.ts";
import { places } from "./places.ts";
import { signal } from "./processes.ts";

/** Ends what still looks after containers of the cluster's containerd: it is told by the socket it was started for. */
export function stopShims(): void {
  for (const number of entries("/proc").filter((name) => /^\d+$/.test(name))) {
    const line = commandLine(number);
    if (/\/containerd-shim[^/]*$/.test(line[0] ?? "") && line.includes(places.containerd)) signal(Number(number), "SIGKILL");
  }
}

export async function unmountAll(): Promise<void> {
  for (const path of mountsBelow(places.state, places.runtime)) {
    if ((await run("umount", [path])).exitCode !== 0) await run("umount", ["--lazy", path]);
  }
}

/** Mount points below these directories, the deepest first. */
export function mountsBelow(...directories: string[]): string[] {
  return mountPointsBelow(readFileSync("/proc/self/mounts", "utf8"), directories);
}

/** @param mounts as in /proc/self/mounts, where a space in a path is \040 */
export function mountPointsBelow(mounts: string, directories: readonly string[]): string[] {
  const points = mounts.split("\n").map((line) => (line.split(" ")[1] ?? "").replace(/\\([0-7]{3})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 8))));
  return points.filter((point) => directories.some((directory) => point.startsWith(`${directory}/`))).toReversed();
}

/** Kubelet puts links to the logs of its containers where log collectors look for them. */
export function removeLinksToLogs(): void {
  const directory = "/var/log/containers";
  for (const name of entries(directory)) if (linkTarget(join(directory, name))?.startsWith(`${places.state}/`)) rmSync(join(directory, name));
}

/** The pods' control groups, of which nothing is left in any; the deepest first. */
export async function removeControlGroups(): Promise<void> {
  const { stdout } = await run("find", ["/sys/fs/cgroup", "-depth", "-type", "d", "-path", "*/kubepods*"]);
  for (const path of stdout.split("\n").filter((line) => line !== "")) removeEmpty(path);
}

/** What the cluster's programs make for themselves wherever they are told to work. */
export function removeFixedPlaces(): void {
  rmSync("/var/lib/kubelet/device-plugins/kubelet.sock", { force: true }); // nobody listens there any more
  for (const path of ["/var/log/containers", "/var/lib/cni/results", "/var/lib/cni", "/var/lib/kubelet/device-plugins", "/var/lib/kubelet"]) removeEmpty(path);
}

function removeEmpty(path: string): void {
  try {
    rmdirSync(path);
  } catch (error) {
    if (!["ENOENT", "ENOTEMPTY", "EBUSY"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
  }
}

function commandLine(number: string): string[] {
  try {
    return readFileSync(`/proc/${number}/cmdline`, "utf8").split("\0");
  } catch {
    return []; // it has ended meanwhile
  }
}

function entries(directory: string): string[] {
  return existsSync(directory) ? readdirSync(directory) : [];
}

function linkTarget(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined; // no link
  }
}
