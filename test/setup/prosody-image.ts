// The Prosody image of a stack without modules of its operator's own.
import { prosodyImageSource } from "../../components/prosody/prosody-server.ts";
import { builtImage } from "./built-image.ts";

/** Builds the image unless it is there, and returns its reference. */
export function prosodyImage(): Promise<string> {
  return builtImage(prosodyImageSource(undefined));
}
