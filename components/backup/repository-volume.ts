// Where backups lie, for who makes them and who restores from them.
import type { DataVolume } from "../../platform/workload.ts";
import type { Settings } from "../../settings/schema.ts";

/** The volume of the workload that makes them. Never of another generation: it outlives what it has copies of. */
export function repositoryVolume({ storage }: Pick<Settings, "storage">): DataVolume {
  return { name: "repository", path: "/var/lib/backup", generation: 1, size: storage.backup, shared: true };
}
