// Whether Pulumi's engine can be had on this machine: the same question that `up` asks before it takes it.
import { missingProvider } from "../../ops/pulumi-cli.ts";
import { answers } from "../../ops/run.ts";

/** Why the engine suite is skipped; undefined where it runs. */
export async function whySkipped(): Promise<string | undefined> {
  if (!(await answers("pulumi", "version"))) return "the Pulumi CLI is not on the PATH";
  const provider = await missingProvider("pulumi", "docker");
  return provider && `Pulumi's provider ${provider} is neither installed nor to be had here`;
}
