// Images that a cluster is to pull and that no push has recorded are refused with one line, before anything is registered.
import * as pulumi from "@pulumi/pulumi";
import { nameInRegistry } from "../platform/kubernetes/image.ts";
import { readImagesLock } from "../platform/kubernetes/images-lock.ts";
import { namespace } from "../settings/problems.ts";
import type { Settings } from "../settings/schema.ts";
import { imagesOf } from "./images.ts";

/** @throws pulumi.RunError that names all images whose digest is not known */
export function refuseUnpushed(settings: Settings, stack: string): void {
  const { platform, kubernetes: { registry } } = settings;
  if (platform !== "kubernetes" || registry === undefined) return;
  const lock = readImagesLock();
  const missing = imagesOf(settings).map(({ reference }) => nameInRegistry(reference, registry)).filter((name) => !lock.has(name));
  if (missing.length === 0) return;
  throw new pulumi.RunError(`${namespace}:kubernetes.registry: ${missing.join(" and ")} ${missing.length === 1 ? "is" : "are"} not pushed yet; run npm run images -- push --stack ${stack}`);
}
