// The cluster's own kubectl, with all rights.
import { join } from "node:path";
import { OperatorError } from "../../ops/errors.ts";
import { type Result, run } from "../../ops/run.ts";
import { kubeconfig, programs } from "./facts.ts";

/** What kubectl answers, whatever its status. */
export function kubectl(args: readonly string[], input?: string): Promise<Result> {
  return run(join(programs, "kubectl"), ["--kubeconfig", kubeconfig, ...args], input === undefined ? {} : { input });
}

/** What kubectl printed. @throws OperatorError with what it said instead */
export async function kubectlOutput(args: readonly string[], input?: string): Promise<string> {
  const { exitCode, stdout, stderr } = await kubectl(args, input);
  if (exitCode !== 0) throw new OperatorError(`kubectl ${args.join(" ")}: ${stderr.trim()}`);
  return stdout;
}

/** Applies objects; what they say already stays as it is. */
export async function apply(manifests: string): Promise<void> {
  await kubectlOutput(["apply", "--server-side", "--field-manager", "prosody-stack-cluster", "--force-conflicts", "--filename", "-"], manifests);
}
