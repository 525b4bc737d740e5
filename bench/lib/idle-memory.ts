// The memory of a stack that nobody talks to, as a figure for each kind of stack.
import { setTimeout as delay } from "node:timers/promises";
import { memory, residentSet } from "./container.ts";
import { type Figure, type Limit, rounded } from "./figure.ts";
import { BenchStack } from "./stack.ts";

/** Seconds without a session before the first look, and between two looks. */
const idle = 60;
const pause = 5;

/** @param limits each for some `services` together (their usage less page cache), or for the whole stack */
export function idleMemory({ name, title, settings, limits }: Pick<Figure, "name" | "title"> & { readonly settings: Readonly<Record<string, unknown>>; readonly limits: readonly (Limit & { readonly services?: readonly string[] })[] }): Figure {
  return {
    name,
    title,
    how:
      `The stack is up with all its modules and the web client; the login of \`up\` is over. From ${idle} s after that on, memory is read every ${pause} s from the engine's API (GET /containers/…/stats). ` +
      "Memory is the cgroup's usage less its page cache: usage − total_inactive_file − total_active_file with cgroup v1, usage − inactive_file − active_file with v2. Files on tmpfs count. The whole stack is the sum of all its containers that run. Each value is the highest one.",
    limits,
    async measure({ rounds }) {
      await using stack = await BenchStack.create(settings);
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
      const together = (services: readonly string[]) => whole.map((_, round) => services.reduce((sum, service) => sum + samples[`${service}, usage less page cache, MiB`]![round]!, 0));
      const values = limits.map(({ services = ["whole stack"] }) => rounded(Math.max(...together(services))));
      return { values, samples, notes };
    },
  };
}

function inMebibytes(bytes: number): number {
  return rounded(bytes / 2 ** 20);
}
