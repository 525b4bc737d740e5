// What a cluster has that is not part of Kubernetes: names (CoreDNS), volumes (local-path-provisioner) and metrics.
import { readFileSync } from "node:fs";
import { type Choices, rendered } from "./configuration.ts";
import { kubectlOutput } from "./kubectl.ts";
import { pkiPath } from "./pki.ts";
import { deploymentIsReady, namesAnswer, waitFor } from "./readiness.ts";

/** Deployments by the label of their pods. */
const deployments = [
  { namespace: "local-path-storage", selector: "app=local-path-provisioner" },
  { namespace: "kube-system", selector: "k8s-app=metrics-server" },
] as const;

export async function applyAddons(choices: Choices): Promise<void> {
  const names = ["coredns", "local-path-provisioner", "metrics-server"];
  const manifests = names.map((name) => rendered(`addons/${name}.yaml`, choices, { authority: readFileSync(pkiPath("authority.crt"), "utf8") }));
  await kubectlOutput(["apply", "--server-side", "--force-conflicts", "--filename", "-"], manifests.join("\n---\n"));
}

/** Waits until all of them answer, as they were started since then. */
export async function waitForAddons(since: Date): Promise<void> {
  await waitFor("CoreDNS answers", "kubelet", namesAnswer);
  for (const { namespace, selector } of deployments) await waitFor(`${selector} is ready`, "kubelet", () => deploymentIsReady(namespace, selector, since));
}
