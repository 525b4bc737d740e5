// What the Docker engine tells about a running container.
import { readFileSync } from "node:fs";
import { request } from "node:http";
import { text } from "node:stream/consumers";
import { execa } from "execa";

interface Stats {
  readonly cpu_stats: { readonly cpu_usage: { readonly total_usage: number } };
  readonly memory_stats: { readonly usage: number; readonly stats: Readonly<Record<string, number>> };
}

/** Bytes that the container's cgroup is charged with, and how many of them are page cache. */
export async function memory(container: string): Promise<{ readonly usage: number; readonly cache: number }> {
  const { usage, stats: details } = (await stats(container)).memory_stats;
  const file = (kind: string) => details[`total_${kind}_file`] ?? details[`${kind}_file`];
  const [inactive, active] = [file("inactive"), file("active")];
  if (inactive === undefined || active === undefined) throw new Error(`the engine tells no page cache: ${JSON.stringify(details)}`);
  return { usage, cache: inactive + active };
}

/** Bytes of memory that the container's processes have mapped in; what they share counts for each. */
export async function residentSet(container: string): Promise<number> {
  const { stdout } = await execa("docker", ["top", container, "-o", "pid"]);
  return stdout.split("\n").slice(1).map((pid) => Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid.trim()}/status`, "utf8"))?.[1]) * 1024).reduce((a, b) => a + b, 0);
}

/** Seconds that processors have worked for the container since its start. */
export async function processorSeconds(container: string): Promise<number> {
  return (await stats(container)).cpu_stats.cpu_usage.total_usage / 1e9;
}

/** The container's address on a network. */
export async function addressOn(network: string, container: string): Promise<string> {
  return inspect(container, `{{(index .NetworkSettings.Networks "${network}").IPAddress}}`);
}

export async function imageOf(container: string): Promise<string> {
  return inspect(container, "{{.Config.Image}}");
}

/** The options of `docker run` that give another container the memory and the processors of this one. */
export async function limitsOf(container: string): Promise<string[]> {
  const [memory, swap, cpus] = (await inspect(container, "{{.HostConfig.Memory}} {{.HostConfig.MemorySwap}} {{.HostConfig.NanoCpus}}")).split(" ");
  return ["--memory", memory!, "--memory-swap", swap!, "--cpus", String(Number(cpus) / 1e9)];
}

async function inspect(container: string, format: string): Promise<string> {
  return (await execa("docker", ["inspect", "--format", format, container])).stdout;
}

async function stats(container: string): Promise<Stats> {
  const socketPath = process.env.DOCKER_HOST?.replace(/^unix:\/\//, "") ?? "/var/run/docker.sock";
  const body = await new Promise<string>((resolve, reject) => {
    request({ socketPath, path: `/containers/${container}/stats?stream=false&one-shot=true`, host: "docker" }, (response) => void text(response).then(resolve, reject)).on("error", reject).end();
  });
  return JSON.parse(body) as Stats;
}
