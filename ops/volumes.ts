// Docker volumes, of which the data ones outlive everything but being asked for.
import { OperatorError } from "./errors.ts";
import { run } from "./run.ts";

/** Removes those of the names that are volumes, and returns what of them is left: what something uses. */
export async function removeVolumes(names: readonly string[]): Promise<string[]> {
  const found = await existingVolumes([...new Set(names)]);
  if (found.length > 0) await run("docker", ["volume", "rm", ...found]);
  return existingVolumes(found);
}

/** Names of all volumes that Compose has ever made for a project, those of services that it no longer has among them. */
export async function volumesOf(project: string): Promise<string[]> {
  const { stdout } = await run("docker", ["volume", "ls", "--quiet", "--filter", `label=com.docker.compose.project=${project}`]);
  return stdout.split("\n").filter((name) => name !== "");
}

/** Names of the volumes of these that have a generation, in all generations. */
export async function generationsOf(names: readonly string[]): Promise<string[]> {
  const series = names.filter((name) => /-\d+$/.test(name)).map((name) => name.replace(/\d+$/, ""));
  return (await allVolumes()).filter((name) => series.includes(name.replace(/\d+$/, "")));
}

/** @throws OperatorError that names the volumes, unless there are none */
export function refuseLeft(volumes: readonly string[]): void {
  if (volumes.length === 0) return;
  throw new OperatorError(`the data is still there: volume ${volumes.join(", ")} is in use by something else (docker ps --all --filter volume=${volumes[0]}); remove that, and run this again`);
}

/** Those of the names that are volumes. */
async function existingVolumes(names: readonly string[]): Promise<string[]> {
  const all = new Set(await allVolumes());
  return names.filter((name) => all.has(name));
}

/** Names of all volumes there are. @throws OperatorError where Docker does not say */
export async function allVolumes(): Promise<string[]> {
  const { exitCode, stdout, stderr } = await run("docker", ["volume", "ls", "--quiet"]);
  if (exitCode !== 0) throw new OperatorError(`docker volume ls: ${stderr.trim()}`);
  return stdout.split("\n").filter((name) => name !== "");
}
