// What a cluster has that is not part of Kubernetes: names (CoreDNS) and volumes (local-path-provisioner).
// No aggregated API such as metrics-server's: while one does not answer, no namespace goes away, and a test waits for it.
import { type Choices, rendered } from "./configuration.ts";
import { kubectlOutput } from "./kubectl.ts";
import { deploymentIsReady, namesAnswer, waitFor } from "./readiness.ts";

interface Addon {
  readonly template: string;
  readonly namespace: string;
  readonly deployment: string;
  /** Label of its pods. */
  readonly selector: string;
}

const addons: readonly Addon[] = [
  { template: "addons/coredns.yaml", namespace: "kube-system", deployment: "coredns", selector: "k8s-app=kube-dns" },
  { template: "addons/local-path-provisioner.yaml", namespace: "local-path-storage", deployment: "local-path-provisioner", selector: "app=local-path-provisioner" },
];

export function addonManifests(choices: Choices): string {
  return addons.map(({ template }) => rendered(template, choices)).join("\n---\n");
}

export async function applyAddons(manifests: string): Promise<void> {
  await kubectlOutput(["apply", "--server-side", "--force-conflicts", "--filename", "-"], manifests);
}

/** Waits until all of them answer: their pods as they are now, started no earlier than that. */
export async function waitForAddons(since?: Date): Promise<void> {
  for (const { namespace, deployment, selector } of addons) {
    await kubectlOutput(["--namespace", namespace, "rollout", "status", `deployment/${deployment}`, "--timeout", "120s"]);
    // After a start the API believes for a while that the pods of before are there.
    await waitFor(`${deployment} is ready`, "kubelet", () => deploymentIsReady(namespace, selector, since));
  }
  await waitFor("CoreDNS answers", "kubelet", namesAnswer);
}
