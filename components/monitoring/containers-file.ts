// Which containers the program beside the node exporter looks for, and how it knows them.
import { type DeliveredFile, plainFile, type Surroundings } from "../../platform/workload.ts";
import type { Settings } from "../../settings/schema.ts";
import { shipsLogs } from "../../settings/shipping.ts";
import { luaValue } from "../prosody/lua.ts";
import { programs } from "./programs.ts";

/** The workloads of a stack with monitoring of its own that run for as long as they are there, by name. */
export function longRunning(settings: Pick<Settings, "backup" | "database" | "logs" | "publish" | "turn">): string[] {
  const { backup, database, publish, turn } = settings;
  return [
    ...Object.keys(programs),
    "probes",
    "prosody",
    ...(backup.enabled ? ["backup"] : []),
    ...(shipsLogs(settings) ? ["logs"] : []),
    ...(publish.https === 0 ? [] : ["nginx"]),
    ...(database === "postgresql" ? ["postgres"] : []),
    ...(turn.enabled ? ["coturn", "redis"] : []),
  ].toSorted();
}

/** `containers.lua` (components/monitoring/node-image/containers.lua). */
export function containersFile(settings: Settings, { mark }: Pick<Surroundings, "mark">): DeliveredFile {
  return plainFile("containers.lua", `return ${luaValue({ mark, workloads: longRunning(settings) })}\n`);
}
