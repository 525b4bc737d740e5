// The end of a stack on a cluster: its namespace, and with it all data.
import { type Cluster, Kubectl } from "./kubectl.ts";

/** Removes the namespace with everything in it, and waits until it is gone. */
export async function removeNamespace(cluster: Cluster): Promise<void> {
  const kubectl = await Kubectl.connected(cluster);
  await kubectl.output(["delete", "namespace", cluster.namespace, "--ignore-not-found", "--wait", "--timeout", "120s"]);
}
