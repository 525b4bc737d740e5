// The end of a stack on a cluster: its namespace, and with it all data.
import type { Settings } from "../../settings/schema.ts";
import { Kubectl } from "./kubectl.ts";

/** Removes the namespace with everything in it, and waits until it is gone. */
export async function removeNamespace(settings: Settings): Promise<void> {
  const kubectl = new Kubectl(settings);
  await kubectl.connect();
  await kubectl.output(["delete", "namespace", settings.namespace, "--ignore-not-found", "--wait", "--timeout", "120s"]);
}
