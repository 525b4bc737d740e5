// The Prosody image with a module of a user's built in, as the stack builds it for one who has modules.
import { resolve } from "node:path";
import { prosodyImageSource } from "../../components/prosody/prosody-server.ts";
import { builtImage } from "../setup/built-image.ts";

export const base = resolve("components/base");
export const imageSources = "components/prosody/image";

/** The reference of the image; the first call takes the time of a build. */
export function prosodyImage(): Promise<string> {
  return builtImage(prosodyImageSource("test/image/fixtures/user-modules"));
}
