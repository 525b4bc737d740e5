// Who sends lines to the log collector: every service of the stack, told by a file of its release, so that nothing is restarted for it.
import { type Platform, plainFile, type WorkloadArgs } from "../../platform/workload.ts";
import { collectorPort } from "./collector-files.ts";

/** A platform that does what another one does, and has its services send their lines (components/base/log-ship.lua); `senders` are their names. */
export function sendingLines(platform: Platform): { readonly platform: Platform; readonly senders: readonly string[] } {
  const senders: string[] = [];
  const collector = plainFile("log-collector", `${platform.surroundings.host("logs")} ${collectorPort}\n`);
  return {
    senders,
    platform: {
      surroundings: platform.surroundings,
      workload(name, args, options) {
        if (!sends(args)) return platform.workload(name, args, options);
        senders.push(args.name);
        return platform.workload(name, { ...args, files: [...args.files, collector] }, options);
      },
    },
  };
}

/** What ends by itself says in its last line how it ended, to whoever has started it. */
function sends({ networks, runs = { as: "service" } }: WorkloadArgs): boolean {
  return networks.includes("back") && (runs.as === "service" || runs.as === "onEveryNode");
}
