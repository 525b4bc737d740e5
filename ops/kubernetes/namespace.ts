// The end of a namespace, and with it of everything in it.
import type { Kubectl } from "./kubectl.ts";

/** Removes a namespace with all data, and waits until it is gone. */
export async function removeNamespace(kubectl: Kubectl, name: string): Promise<void> {
  await kubectl.output(["delete", "namespace", name, "--ignore-not-found", "--wait", "--timeout", "120s"]);
}
