// A personal stack on the tests' cluster: how long its first login takes, an up without a change, and a change to be in force.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { Session } from "../test/e2e/client.ts";
import { ClusterStack } from "../test/kubernetes/cluster-stack.ts";
import type { Observed } from "./lib/observe-up.ts";
import { type Figure, median, rounded, secondsSince } from "./lib/figure.ts";

export const figure: Figure = {
  name: "kubernetes",
  title: "On Kubernetes",
  how:
    "On the tests' cluster (npm run cluster -- up), images there, with kubectl. To the first login: `npm run up` of a stack that is not there, from its start to its line “login: works”; volumes are made for it. " +
    "No change: the same command once more with bench/lib/observe-up.ts loaded first, which loads the Pulumi SDK and takes the rest of the run less the time in which kubectl ran; what is left includes the login. " +
    "A change: from the start of an `up` with another log level to the sidecar's word that Prosody has taken it, while 10 sessions are online; sessions that were cut are counted over all rounds. Medians.",
  limits: [
    { what: "to the first login", atMost: 60, unit: "s" },
    { what: "an up without a change, our own program", atMost: 1.5, unit: "s" },
    { what: "a change of a ConfigMap to the reload", atMost: 10, unit: "s" },
    { what: "sessions that changes cut, in all", atMost: 0, unit: "sessions" },
  ],
  async measure({ rounds }) {
    await execa("node", ["test/cluster/main.ts", "up"]);
    const stack = new ClusterStack("bench", 13);
    const samples = { "to the first login, s": [] as number[], "no change, our own program, s": [] as number[], "no change, in all, s": [] as number[], "a change to the reload, s": [] as number[] };
    let cut = 0;
    try {
      await stack.up(); // images are imported
      for (let round = 0; round < rounds; round++) {
        await stack.succeed("down", "--data", "--yes");
        samples["to the first login, s"].push(await timeToLine(stack, /^login: works/));
        await stack.readOutputs();
        samples["no change, our own program, s"].push(ownTime(await observedUp(stack)));
        const start = performance.now();
        await stack.up();
        samples["no change, in all, s"].push(secondsSince(start));

        const login = { service: stack.service(), domain: "one.test", username: "admin", password: stack.outputs.adminPassword };
        const sessions = await Promise.all(Array.from({ length: 10 }, (_, index) => Session.open({ ...login, resource: `bench${index}` })));
        stack.settings = { ...stack.settings, logs: { level: round % 2 === 0 ? "debug" : "info" } };
        samples["a change to the reload, s"].push(await timeToLine(stack, /^prosody-0: delivered/));
        for (const session of sessions) if (!(await session.ping().catch(() => false))) cut += 1;
        await Session.closeAll();
      }
    } finally {
      await stack.remove();
    }
    return { values: [median(samples["to the first login, s"]), median(samples["no change, our own program, s"]), median(samples["a change to the reload, s"]), cut], samples, notes: [] };
  },
};

/** Seconds from the start of an `up` to a line that it prints. */
async function timeToLine(stack: ClusterStack, line: RegExp): Promise<number> {
  const start = performance.now();
  const run = stack.start("up");
  let seconds: number | undefined;
  for await (const text of run.iterable({ from: "all" })) if (line.test(text)) seconds ??= secondsSince(start);
  const { exitCode, all } = await run;
  if (exitCode !== 0 || seconds === undefined) throw new Error(`up ended with ${exitCode}:\n${all}`);
  return seconds;
}

async function observedUp(stack: ClusterStack): Promise<Observed> {
  const report = join(stack.directory, "observed.json");
  await execa("sh", ["ops/bootstrap.sh", "--import", "./bench/lib/observe-up.ts", "ops/main.ts", "up", "--stack", stack.name, "--config-file", join(stack.directory, `Pulumi.${stack.name}.yaml`)], {
    env: { PROSODY_STACK_ENGINE: stack.engine, XDG_STATE_HOME: join(stack.directory, "state"), OBSERVE_UP: report, OBSERVE_PLATFORM: "kubernetes" },
  });
  return JSON.parse(readFileSync(report, "utf8")) as Observed;
}

function ownTime({ own, login }: Observed): number {
  return rounded(own + login);
}
