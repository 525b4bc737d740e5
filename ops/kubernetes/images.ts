// The images of a stack for a cluster: pushed to its registry, or imported into its one node.
import type { Settings } from "../../settings/schema.ts";
import { nginxImageSource } from "../../components/nginx/nginx.ts";
import { prosodyImageSource } from "../../components/prosody/prosody-server.ts";
import { imageContext } from "../../platform/image-context.ts";
import { ensureDockerEngine } from "../docker-engine.ts";
import { ensureImage } from "../image-builds.ts";
import type { Stack } from "../stack.ts";
import { importImage } from "./containerd.ts";

/** What the services of a stack are built of. */
export function imagesOf({ modules, publish }: Settings) {
  return [prosodyImageSource(modules.directory), ...(publish.https === 0 ? [] : [nginxImageSource()])].map(imageContext);
}

/** Where there is no registry, builds what is missing and imports it into the node. */
export async function supplyImages(_stack: Stack, settings: Settings): Promise<void> {
  const { registry, containerd } = settings.kubernetes;
  if (registry !== undefined || containerd === undefined) return;
  await ensureDockerEngine();
  for (const { reference, path } of imagesOf(settings)) {
    await ensureImage(reference, path);
    await importImage(containerd, reference);
  }
}
