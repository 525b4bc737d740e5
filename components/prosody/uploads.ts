// Where uploaded files lie, for those who see them: Prosody decides about them, the front stores and serves them.
import type { DataVolume } from "../../platform/workload.ts";
import type { Settings } from "../../settings/schema.ts";
import { generations } from "../generations.ts";

/** Where both see the volume with a directory for each upload host (its name in ASCII). */
export const uploadsPath = "/var/lib/prosody-uploads";

/** The group that the files belong to, which is neither's own. */
export const uploadsGroup = 5400;

/** Prosody's volume of uploads, which the front sees too. */
export function uploadsVolume(settings: Pick<Settings, "storage" | "generation" | "restore">): DataVolume {
  return { name: "uploads", path: uploadsPath, ...generations(settings), size: settings.storage.uploads, shared: true };
}
