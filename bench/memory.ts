// The memory of a stack that nobody talks to.
import { setTimeout as delay } from "node:timers/promises";
import { memory, residentSet } from "./lib/container.ts";
import { type Figure, rounded } from "./lib/figure.ts";
import { BenchStack } from "./lib/stack.ts";

/** Seconds without a session before the first look, and between two looks. */
const idle = 60;
const pause = 5;

export const figure: Figure = {
  name: "memory",
  title: "Memory of an idle personal stack",
  how:
    `The stack is up with all its modules and the web client; the login of \`up\` is over. From ${idle} s after that on, memory is read every ${pause} s from the engine's API (GET /containers/…/stats). ` +
    "Memory is the cgroup's usage less its page cache: usage − total_inactive_file − total_active_file with cgroup v1, usage − inactive_file − active_file with v2. Files on tmpfs count. The whole stack is the sum of all its containers that run. Each value is the highest one.",
  limits: [
    { what: "Prosody, usage less page cache", atMost: 40, unit: "MiB" },
    { what: "whole stack, usage less page cache", atMost: 64, unit: "MiB" },
  ],
  async measure({ rounds }) {
    await using stack = await BenchStack.create();
    await stack.npm("up");
    await delay(idle * 1000); // the time itself is what is asked for

    const whole: number[] = [];
    const samples: Record<string, number[]> = { "whole stack, usage less page cache, MiB": whole };
    const containers = await stack.running();
    for (let round = 0; round < Math.max(rounds, 3); round++) {
      let sum = 0;
      for (const container of containers) {
        const { usage, cache } = await memory(container);
        const service = container.replace(`${stack.namespace}-`, "");
        const add = (what: string, bytes: number) => (samples[`${service}, ${what}, MiB`] ??= []).push(inMebibytes(bytes));
        add("usage less page cache", usage - cache);
        add("usage", usage);
        add("resident set of its processes", await residentSet(container));
        sum += usage - cache;
      }
      whole.push(inMebibytes(sum));
      await delay(pause * 1000);
    }
    const notes = ["A resident set also has the mapped parts of programs and libraries, which are page cache, and are charged to whichever container read them first. What several processes of a container share counts for each."];
    return { values: [Math.max(...samples["prosody, usage less page cache, MiB"]!), Math.max(...whole)], samples, notes };
  },
};

function inMebibytes(bytes: number): number {
  return rounded(bytes / 2 ** 20);
}
