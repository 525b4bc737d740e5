// The containerd of a cluster whose one node is this machine: images are imported into it where there is no registry.
import { execa } from "execa";
import { OperatorError } from "../errors.ts";
import { run, say } from "../run.ts";

/** The namespace that kubelet's images are in. */
const namespace = "k8s.io";

/** Imports Docker's image of that name, which is of its content, unless it is there. @throws OperatorError with what ctr said */
export async function importImage(socket: string, reference: string): Promise<void> {
  const { exitCode, stdout, stderr } = await run("ctr", ["--address", socket, "--namespace", namespace, "images", "ls", "--quiet", `name==${fullName(reference)}`]);
  if (exitCode !== 0) throw new OperatorError(`kubernetes.containerd: found ${socket}, which does not answer: ${stderr.trim()}; is the cluster up?`);
  if (stdout !== "") return;
  say(`${reference}: importing into the cluster`);
  const save = execa("docker", ["save", reference], { buffer: { stdout: false }, reject: false });
  const imported = await save.pipe("ctr", ["--address", socket, "--namespace", namespace, "images", "import", "-"], { reject: false });
  if (imported.exitCode !== 0) throw new OperatorError(`${reference}: cannot be imported: ${String(imported.stderr).trim().split("\n").at(-1)}`);
}

/** An image's name as containerd keeps it, with what Docker leaves out. */
export function fullName(reference: string): string {
  const [first = "", ...rest] = reference.split("/");
  const path = rest.length === 0 ? `docker.io/library/${reference}` : /[.:]|^localhost$/.test(first) ? reference : `docker.io/${reference}`;
  return /:[^/]+$/.test(path) ? path : `${path}:latest`;
}
