// The images of a stack, before there is any resource: for what has to be there when the program starts.
import { nginxImageSource } from "../components/nginx/nginx.ts";
import { postgresImageSource } from "../components/postgres/postgres.ts";
import { prosodyImageSource } from "../components/prosody/prosody-server.ts";
import { type ImageContext, imageContext } from "../platform/image-context.ts";
import type { Settings } from "../settings/schema.ts";

/** What the services of a stack are built of. */
export function imagesOf({ database, modules, publish }: Settings): ImageContext[] {
  return [
    prosodyImageSource(modules.directory),
    ...(publish.https === 0 ? [] : [nginxImageSource()]),
    ...(database === "postgresql" ? [postgresImageSource()] : []),
  ].map(imageContext);
}
