// The image of a workload as the cluster's nodes pull or find it.
import { imageContext } from "../image-context.ts";
import type { ImageSource, KubernetesArgs } from "../workload.ts";

/** `<registry>/<name>:<hash>`, or without a registry the name under which it is built and imported. */
export function imageOf(source: ImageSource, { registry }: Pick<KubernetesArgs, "registry">): string {
  const { reference } = imageContext(source);
  return registry === undefined ? reference : `${registry}/${reference.slice(reference.lastIndexOf("/") + 1)}`;
}
