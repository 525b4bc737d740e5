// The Prosody image with a module of a user's built in, as the stack builds it for one who has modules.
import { resolve } from "node:path";
import { ensureImage } from "../../ops/image-builds.ts";
import { imageContext } from "../../platform/image-context.ts";
import { prosodyImageSource } from "../../components/prosody/prosody-server.ts";

export const base = resolve("components/base");
export const imageSources = "components/prosody/image";

/** The reference of the image; the first call takes the time of a build. */
export async function prosodyImage(): Promise<string> {
  const { reference, path } = imageContext(prosodyImageSource("test/image/fixtures/user-modules"));
  await ensureImage(reference, path);
  return reference;
}
