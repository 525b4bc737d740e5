// Where Prosody keeps everything but uploads.
import type { DataVolume } from "../../platform/workload.ts";
import type { Settings } from "../../settings/schema.ts";

/** Its volume, which backups are made of. Who writes it holds a lock (docs/decisions/0017-lock-on-the-data.md). */
export function dataVolume({ storage, generation }: Pick<Settings, "storage" | "generation">): DataVolume {
  return { name: "data", path: "/var/lib/prosody", generation: generation.current, size: storage.data, shared: true };
}
