// Generations of data volumes: the one that is in use, and those beside it. A restore fills the next one while the service goes on
// with the current one, and an older one is a way back until it is let go of.
import type { DataVolume } from "../platform/workload.ts";
import type { Settings } from "../settings/schema.ts";

/** The volumes that a restore makes anew, by their workload and name as platforms call them, before their generation. */
export const restoredVolumes = ["prosody-data", "prosody-uploads", "postgres-data"] as const;

/** The generation in the physical name of such a volume, behind what all names of the stack begin with; undefined for any other name. */
export function generationIn(physicalName: string, prefix: string): number | undefined {
  const [, series, generation] = /^(.*)-(\d+)$/.exec(physicalName) ?? [];
  return restoredVolumes.some((name) => series === prefix + name) ? Number(generation) : undefined;
}

/** The generation of those volumes that is in use, and the others that are to be there. */
export function generations({ generation: { current, oldest = current }, restore }: Pick<Settings, "generation" | "restore">): Required<Pick<DataVolume, "generation" | "kept">> {
  const older = Array.from({ length: current - oldest }, (_, index) => oldest + index);
  return { generation: current, kept: restore.backup === undefined ? older : [...older, nextGeneration(current)] };
}

/** The generation that a restore fills. */
export function nextGeneration(current: number): number {
  return current + 1;
}
