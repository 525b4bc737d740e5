// The tests' cluster as others use it: where it is, how to talk to it, and how it gets an image.
import { join } from "node:path";
import { execa } from "execa";
import { OperatorError } from "../../ops/errors.ts";
import { run } from "../../ops/run.ts";
import { families, ipv4, ipv6 } from "./addresses.ts";
import { containerdAnswers, ctr, fullName, imageOf } from "./containerd.ts";
import { places } from "./places.ts";

export const kubectlPath = join(places.programs, "kubectl");
export const kubeconfig = join(places.kubeconfigs, "admin");

/** The node's addresses, which NodePorts are on: from this machine and from containers on it. */
export const nodeAddress = ipv4.node;
export const nodeAddress6 = families.includes(ipv6) ? ipv6.node : undefined;

/** For programs that look for a cluster by themselves. */
export function clusterEnvironment(): { readonly KUBECONFIG: string; readonly PATH: string } {
  return { KUBECONFIG: kubeconfig, PATH: `${places.programs}:${process.env.PATH ?? ""}` };
}

/** Which of Docker's images one is a copy of: a tag may be another image tomorrow. */
const label = "prosody-stack/docker-id";

/**
 * Gives the cluster an image that Docker has, unless it has that very image. Pods name it as Docker does.
 *
 * @returns whether there was something to do
 * @throws OperatorError where Docker does not have it, or the cluster's containerd does not run
 */
export async function importImage(reference: string): Promise<boolean> {
  const { exitCode, stdout: id, stderr } = await run("docker", ["image", "inspect", "--format", "{{.Id}}", reference]);
  if (exitCode !== 0) throw new OperatorError(`${reference}: Docker does not have it: ${stderr.trim()}`);
  if (!(await containerdAnswers())) throw new OperatorError("the tests' cluster does not run; bring it up (npm run cluster -- up)");
  const name = fullName(reference);
  if ((await imageOf(name))?.includes(`${label}=${id}`)) return false;
  const save = execa("docker", ["save", reference], { buffer: { stdout: false }, reject: false });
  const { exitCode: imported, stderr: reason } = await save.pipe("ctr", [...ctr, "images", "import", "-"], { reject: false });
  if (imported !== 0 || (await save).exitCode !== 0) throw new OperatorError(`${reference}: cannot be imported into the cluster: ${String(reason).trim()}`);
  await run("ctr", [...ctr, "images", "label", name, `${label}=${id}`]);
  return true;
}
