// Docker volumes, of which the data ones outlive everything but being asked for.
import { OperatorError } from "./errors.ts";
import { run } from "./run.ts";

/** Those of the names that are volumes. @throws OperatorError where Docker does not say */
export async function existingVolumes(names: readonly string[]): Promise<string[]> {
  const { exitCode, stdout, stderr } = await run("docker", ["volume", "ls", "--quiet"]);
  if (exitCode !== 0) throw new OperatorError(`docker volume ls: ${stderr.trim()}`);
  const all = new Set(stdout.split("\n"));
  return names.filter((name) => all.has(name));
}
