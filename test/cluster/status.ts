// npm run cluster -- status: a line for each thing that runs or does not.
import { say } from "../../ops/run.ts";
import { containerdAnswers } from "./containerd.ts";
import { daemons } from "./daemons.ts";
import { apiServer } from "./identities.ts";
import { policyEnforcer } from "./policy-process.ts";
import { processOf } from "./processes.ts";
import { apiAnswers, deploymentIsReady, namesAnswer, nodeIsReady } from "./readiness.ts";

/** Says what runs; the exit status is 0 only when everything answers. */
export async function status(): Promise<void> {
  const processes = [...daemons, policyEnforcer];
  for (const { name } of processes) {
    const number = processOf(name);
    say(`${name}: ${number === undefined ? "does not run" : `process ${number}`}`);
  }
  const questions: Readonly<Record<string, () => Promise<boolean>>> = {
    "containerd's images": containerdAnswers,
    [`API at ${apiServer}`]: apiAnswers,
    node: () => nodeIsReady(),
    names: namesAnswer,
    volumes: () => deploymentIsReady("local-path-storage", "app=local-path-provisioner"),
  };
  let all = processes.every(({ name }) => processOf(name) !== undefined);
  for (const [what, answers] of Object.entries(questions)) {
    const ready = await answers();
    say(`${what}: ${ready ? "ready" : "no answer"}`);
    all &&= ready;
  }
  if (!all) process.exitCode = 1;
}
