// An image as the stack builds it, for tests that look at it or run it.
import { ensureImage } from "../../ops/image-builds.ts";
import { imageContext } from "../../platform/image-context.ts";
import type { ImageSource } from "../../platform/workload.ts";

/** Builds the image unless it is there, and returns its reference. */
export async function builtImage(source: ImageSource): Promise<string> {
  const { reference, path } = imageContext(source);
  await ensureImage(reference, path);
  return reference;
}
