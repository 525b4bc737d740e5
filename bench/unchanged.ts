// `up` when nothing has changed: what it costs to find that out.
import { type Figure, median, rounded, secondsSince } from "./lib/figure.ts";
import { Parts } from "./lib/parts.ts";
import { BenchStack } from "./lib/stack.ts";

export const figure: Figure = {
  name: "unchanged",
  title: "`npm run up` with no change",
  how:
    "The stack is up. In all: `npm run up` from its start to its end, the login at the end included. " +
    "Our own program: a second series of the same command with bench/lib/observe-up.ts loaded first, which loads the Pulumi SDK, " +
    "then measures the rest of the run less the time in which other programs (docker, Compose) ran. Everything that is left counts, also waiting for the login. Medians.",
  limits: [
    { what: "our own program", atMost: 1, unit: "s" },
    { what: "in all", atMost: 6, unit: "s" },
  ],
  async measure({ rounds }) {
    await using stack = await BenchStack.create();
    await stack.npm("up");
    await stack.npm("up"); // whatever is cached at the first time

    const samples = { "in all, s": [] as number[], "our own program, s": [] as number[] };
    const parts = new Parts();
    for (let round = 0; round < rounds; round++) {
      const start = performance.now();
      await stack.npm("up");
      samples["in all, s"].push(secondsSince(start));
      const observed = parts.add(await stack.observedUp());
      samples["our own program, s"].push(rounded(observed.own + observed.login));
    }
    return { values: [median(samples["our own program, s"]), median(samples["in all, s"])], samples: { ...samples, ...parts.samples }, notes: [] };
  },
};
