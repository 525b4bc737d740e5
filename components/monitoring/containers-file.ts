// Which containers the program beside the node exporter looks for, and how it knows them.
import { type DeliveredFile, plainFile, type Surroundings } from "../../platform/workload.ts";
import type { Settings } from "../../settings/schema.ts";
import { luaValue } from "../prosody/lua.ts";
import { programs } from "./programs.ts";

/** The workloads of a stack with monitoring of its own that run for as long as they are there, by name. */
export function longRunning({ backup, database, publish, turn }: Pick<Settings, "backup" | "database" | "publish" | "turn">): string[] {
  return [
    ...Object.keys(programs),
    "probes",
    "prosody",
    ...(backup.enabled ? ["backup"] : []),
    ...(publish.https === 0 ? [] : ["nginx"]),
    ...(database === "postgresql" ? ["postgres"] : []),
    ...(turn.enabled ? ["coturn", "redis"] : []),
  ].toSorted();
}

/** `containers.lua` (components/monitoring/node-image/containers.lua). */
export function containersFile(settings: Settings, { mark }: Pick<Surroundings, "mark">): DeliveredFile {
  return plainFile("containers.lua", `return ${luaValue({ mark, workloads: longRunning(settings) })}\n`);
}
