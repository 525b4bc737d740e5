// The memory of a Prosody container that nobody talks to.
import { readFileSync } from "node:fs";
import { request } from "node:http";
import { text } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import { execa } from "execa";
import type { Figure } from "./lib/figure.ts";
import { BenchStack } from "./lib/stack.ts";

const mebibyte = 2 ** 20;
/** Seconds without a session before the first look, and between two looks. */
const idle = 60;
const pause = 5;

export const figure: Figure = {
  name: "memory",
  title: "Memory of an idle Prosody container",
  how:
    `The stack is up with all its modules; the login of \`up\` is over. From ${idle} s after that on, memory is read every ${pause} s from the engine's API (GET /containers/…/stats). ` +
    "Memory is the cgroup's usage less its page cache: usage − total_inactive_file − total_active_file with cgroup v1, usage − inactive_file − active_file with v2. Files on tmpfs count. The value is the highest one.",
  limits: [{ what: "usage less page cache", atMost: 40, unit: "MiB" }],
  async measure({ rounds }) {
    await using stack = await BenchStack.create();
    await stack.npm("up");
    await delay(idle * 1000); // the time itself is what is asked for

    const samples = { "usage less page cache, MiB": [] as number[], "usage, MiB": [] as number[], "resident set of the process, MiB": [] as number[] };
    for (let round = 0; round < Math.max(rounds, 3); round++) {
      const { usage, cache } = await memory(stack.container);
      samples["usage less page cache, MiB"].push(inMebibytes(usage - cache));
      samples["usage, MiB"].push(inMebibytes(usage));
      samples["resident set of the process, MiB"].push(inMebibytes(await residentSet(stack.container)));
      await delay(pause * 1000);
    }
    const notes = ["The resident set also has the mapped parts of programs and libraries, which are page cache, and are charged to whichever container read them first."];
    return { values: [Math.max(...samples["usage less page cache, MiB"])], samples, notes };
  },
};

interface Stats {
  readonly memory_stats: { readonly usage: number; readonly stats: Readonly<Record<string, number>> };
}

/** Bytes that the container's cgroup is charged with, and how many of them are page cache. */
async function memory(container: string): Promise<{ readonly usage: number; readonly cache: number }> {
  const { memory_stats: { usage, stats } } = (await engine(`/containers/${container}/stats?stream=false&one-shot=true`)) as Stats;
  const file = (kind: string) => stats[`total_${kind}_file`] ?? stats[`${kind}_file`];
  const [inactive, active] = [file("inactive"), file("active")];
  if (inactive === undefined || active === undefined) throw new Error(`the engine tells no page cache: ${JSON.stringify(stats)}`);
  return { usage, cache: inactive + active };
}

async function residentSet(container: string): Promise<number> {
  const { stdout: pid } = await execa("docker", ["inspect", "--format", "{{.State.Pid}}", container]);
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) * 1024;
}

/** What the Docker engine's API answers. */
async function engine(path: string): Promise<unknown> {
  const socketPath = process.env.DOCKER_HOST?.replace(/^unix:\/\//, "") ?? "/var/run/docker.sock";
  const body = await new Promise<string>((resolve, reject) => {
    request({ socketPath, path, host: "docker" }, (response) => void text(response).then(resolve, reject)).on("error", reject).end();
  });
  return JSON.parse(body);
}

function inMebibytes(bytes: number): number {
  return Math.round((bytes / mebibyte) * 100) / 100;
}
