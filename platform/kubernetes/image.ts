// The image of a workload as the cluster's nodes pull or find it.
import { imageContext } from "../image-context.ts";
import type { ImageSource, KubernetesArgs } from "../workload.ts";
import { readImagesLock } from "./images-lock.ts";

/**
 * `<registry>/<name>:<hash>@<digest>`, for a tag may be another image tomorrow and a digest may not; without a registry the
 * name under which it is built and imported.
 */
export function imageOf(source: ImageSource, { registry }: Pick<KubernetesArgs, "registry">): string {
  const { reference } = imageContext(source);
  if (registry === undefined) return reference;
  const name = nameInRegistry(reference, registry);
  const digest = readImagesLock().get(name);
  if (digest === undefined) throw new Error(`${name} is not pushed, which scales/pushed.ts refuses`);
  return `${name}@${digest}`;
}

/** `<registry>/<name>:<hash>` for an image that is built as `prosody-stack/<name>:<hash>`. */
export function nameInRegistry(reference: string, registry: string): string {
  return `${registry}/${reference.slice(reference.lastIndexOf("/") + 1)}`;
}
