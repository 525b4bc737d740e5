// The images of a stack for a cluster whose one node is this machine, where there is no registry: imported into its containerd.
import { imagesOf } from "../../scales/images.ts";
import type { Settings } from "../../settings/schema.ts";
import { namespace } from "../../settings/problems.ts";
import { ensureDockerEngine } from "../docker-engine.ts";
import { OperatorError } from "../errors.ts";
import { ensureImage } from "../image-builds.ts";
import { say } from "../run.ts";
import { importImage } from "./containerd.ts";

/** Where there is no registry, builds what is missing and imports it into the node. */
export async function supplyImages(settings: Settings): Promise<void> {
  const { registry, containerd } = settings.kubernetes;
  if (registry !== undefined || containerd === undefined) return;
  await ensureDockerEngine();
  for (const { reference, path } of imagesOf(settings)) {
    await ensureImage(reference, path);
    await importImage(containerd, reference);
  }
}

/** npm run images -- import: the same, by itself. @throws OperatorError for a stack whose images come another way */
export async function importImages(settings: Settings): Promise<void> {
  const { platform, kubernetes: { registry, containerd } } = settings;
  if (platform !== "kubernetes") throw new OperatorError(`${namespace}:platform: found ${platform}, whose images are built where they run; only those of a cluster are imported`);
  if (registry !== undefined) throw new OperatorError(`${namespace}:kubernetes.registry: found ${registry}, from which the cluster pulls images; run npm run images -- push`);
  if (containerd === undefined) throw new OperatorError(`${namespace}:kubernetes.containerd: found nothing, expected the socket of the containerd to import images into`);
  await supplyImages(settings);
  for (const { reference } of imagesOf(settings)) say(`${reference}: the cluster has it`);
}
