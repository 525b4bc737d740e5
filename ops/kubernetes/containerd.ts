// The containerd of a cluster whose one node is this machine: images are imported into it where there is no registry.
import { execa } from "execa";
import { OperatorError } from "../errors.ts";
import { run, say } from "../run.ts";

/** The namespace that kubelet's images are in. */
const namespace = "k8s.io";

/**
 * Imports an image unless it is there: from an archive, or from Docker.
 *
 * @param source an archive with a key of its content, which is kept as a label; by default Docker's image of that name, whose
 * name is of its content already
 * @throws OperatorError with what ctr said
 */
export async function importImage(socket: string, reference: string, source?: { readonly archive: string; readonly key: string }): Promise<void> {
  const ctr = ["--address", socket, "--namespace", namespace, "images"];
  const name = qualified(reference);
  const label = source && `prosody-stack.key=${source.key.slice(0, 40)}`;
  const { exitCode, stdout, stderr } = await run("ctr", [...ctr, "ls", `name==${name}`]);
  if (exitCode !== 0) throw new OperatorError(`kubernetes.containerd: found ${socket}, which does not answer: ${stderr.trim()}; is the cluster up?`);
  if (stdout.split("\n").length > 1 && (label === undefined || stdout.includes(label))) return;
  say(`${reference}: importing into the cluster`);
  const imported = source === undefined
    ? await execa("bash", ["-o", "pipefail", "-c", `docker save "$1" | ctr --address "$2" --namespace ${namespace} images import -`, "bash", reference, socket], { reject: false })
    : await execa("ctr", [...ctr, "import", source.archive], { reject: false });
  if (imported.exitCode !== 0) throw new OperatorError(`${reference}: cannot be imported: ${imported.stderr.trim().split("\n").at(-1)}`);
  if (label !== undefined) await execa("ctr", [...ctr, "label", name, label]);
}

/** As containerd stores it: the name that Docker leaves out. */
function qualified(reference: string): string {
  const [first = "", ...rest] = reference.split("/");
  if (rest.length === 0) return `docker.io/library/${reference}`;
  return first.includes(".") || first === "localhost" ? reference : `docker.io/${reference}`;
}
