// The containerd of a cluster whose one node is this machine: images are imported into it where there is no registry.
import { execa } from "execa";
import { OperatorError } from "../errors.ts";
import { run, say } from "../run.ts";

/** The namespace that kubelet's images are in. */
const namespace = "k8s.io";

/** Imports Docker's image of that name, which is of its content, unless it is there. @throws OperatorError with what ctr said */
export async function importImage(socket: string, reference: string): Promise<void> {
  const { exitCode, stdout, stderr } = await run("ctr", ["--address", socket, "--namespace", namespace, "images", "ls", "--quiet", `name==${qualified(reference)}`]);
  if (exitCode !== 0) throw new OperatorError(`kubernetes.containerd: found ${socket}, which does not answer: ${stderr.trim()}; is the cluster up?`);
  if (stdout !== "") return;
  say(`${reference}: importing into the cluster`);
  const save = execa("docker", ["save", reference], { buffer: { stdout: false }, reject: false });
  const imported = await save.pipe("ctr", ["--address", socket, "--namespace", namespace, "images", "import", "-"], { reject: false });
  if (imported.exitCode !== 0) throw new OperatorError(`${reference}: cannot be imported: ${String(imported.stderr).trim().split("\n").at(-1)}`);
}

/** As containerd stores it: the name that Docker leaves out. */
function qualified(reference: string): string {
  const [first = "", ...rest] = reference.split("/");
  if (rest.length === 0) return `docker.io/library/${reference}`;
  return first.includes(".") || first === "localhost" ? reference : `docker.io/${reference}`;
}
