// Where Prosody keeps everything but uploads.
import type { DataVolume } from "../../platform/workload.ts";
import type { Settings } from "../../settings/schema.ts";
import { generations } from "../generations.ts";

/** Its volume, which backups are made of. Who writes it holds a lock (docs/decisions/0017-lock-on-the-data.md). */
export function dataVolume(settings: Pick<Settings, "storage" | "generation" | "restore">): DataVolume {
  return { name: "data", path: "/var/lib/prosody", ...generations(settings), size: settings.storage.data, shared: true };
}
