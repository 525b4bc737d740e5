// The Prosody image as the stack builds it, for tests that look at it or run it.
import { imageContext } from "../../platform/image-context.ts";
import { ensureImage } from "../../ops/image-builds.ts";
import { prosodyImageSource } from "../../components/prosody/prosody-server.ts";

/** Builds the image unless it is there, and returns its reference. */
export async function prosodyImage(): Promise<string> {
  const { reference, path } = imageContext(prosodyImageSource(undefined));
  await ensureImage(reference, path);
  return reference;
}
