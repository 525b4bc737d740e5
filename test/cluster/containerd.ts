// The cluster's containerd: what images it has, and how it gets more. A registry that it pulls from is on a loopback address, or has HTTPS.
import { OperatorError } from "../../ops/errors.ts";
import { answers, run } from "../../ops/run.ts";
import { places } from "./places.ts";

/** How `ctr` finds them: Kubernetes' images and containers are in this namespace. */
export const ctr = ["--address", places.containerd, "--namespace", "k8s.io"] as const;

export async function containerdAnswers(): Promise<boolean> {
  return answers("ctr", ...ctr, "version");
}

/** Imports an image from a file unless one of that name is there. */
export async function importArchive(reference: string, path: string): Promise<void> {
  if ((await imageOf(reference)) !== undefined) return;
  const { exitCode, stderr } = await run("ctr", [...ctr, "images", "import", path]);
  if (exitCode !== 0) throw new OperatorError(`${reference}: cannot be imported into the cluster: ${stderr.trim()}`);
}

/** What `ctr` says of an image; undefined when it is not there. */
export async function imageOf(name: string): Promise<string | undefined> {
  const { stdout } = await run("ctr", [...ctr, "images", "list", `name==${name}`]);
  return stdout.split("\n")[1];
}
