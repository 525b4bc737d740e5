// kubectl as the cluster's administrator.
import { OperatorError } from "../../ops/errors.ts";
import { type Result, run } from "../../ops/run.ts";
import { builtProgram } from "./cache-key.ts";
import { kubeconfigPath } from "./identities.ts";
import { parts } from "./parts.ts";

export function kubectl(args: readonly string[], input?: string): Promise<Result> {
  return run(builtProgram(parts.kubernetes, "kubectl"), ["--kubeconfig", kubeconfigPath("admin"), ...args], input === undefined ? {} : { input });
}

/** Its output. @throws OperatorError with what it said, where it fails */
export async function kubectlOutput(args: readonly string[], input?: string): Promise<string> {
  const { exitCode, stdout, stderr } = await kubectl(args, input);
  if (exitCode !== 0) throw new OperatorError(`kubectl ${args.join(" ")}: ${stderr.trim()}`);
  return stdout;
}
