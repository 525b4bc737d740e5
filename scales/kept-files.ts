// The files of every workload of a stack, for backups.
import type { DeliveredFile, Platform } from "../platform/workload.ts";

/** A platform that does what another one does, and remembers which files it was given, by workload. */
export function keepingFiles(platform: Platform): { readonly platform: Platform; readonly files: ReadonlyMap<string, readonly DeliveredFile[]> } {
  const files = new Map<string, readonly DeliveredFile[]>();
  return {
    files,
    platform: {
      surroundings: platform.surroundings,
      workload(name, args, options) {
        files.set(args.name, args.files);
        return platform.workload(name, args, options);
      },
    },
  };
}
