// What a stack has to be watched, by the names of the jobs that watch it.
import type { Settings } from "../../settings/schema.ts";
import { shipsLogs } from "../../settings/shipping.ts";
import { measuresNodes } from "../../settings/watching.ts";

/** Jobs of Prometheus. */
export const jobs = ["alertmanager", "backup", "blackbox", "logs", "nginx", "node", "postgres", "probes", "prometheus", "prosody", "redis"] as const;
export type Job = (typeof jobs)[number];

/** What rules and dashboards are about: a job, or a part of a service (`schedule`: backups that are made by themselves), or whether any of them is reached (`targets`). */
export type Source = Job | "federation" | "schedule" | "targets" | "turn";

type Watched = Pick<Settings, "backup" | "database" | "federation" | "logs" | "monitoring" | "platform" | "publish" | "turn">;

/** The sources of a stack; rules and panels about others are left out. */
export function sourcesOf(settings: Watched): ReadonlySet<Source> {
  const { backup, database, federation, monitoring, publish, turn } = settings;
  return new Set<Source>([
    "blackbox",
    "probes",
    "prosody",
    "targets",
    // Another one's are that one's matter.
    ...(monitoring === "external" ? [] : (["alertmanager", "prometheus"] as const)),
    ...(measuresNodes(settings) ? (["node"] as const) : []),
    ...(backup.enabled ? (["backup"] as const) : []),
    ...(backup.enabled && backup.schedule !== "" ? (["schedule"] as const) : []),
    ...(publish.https === 0 ? [] : (["nginx"] as const)),
    ...(shipsLogs(settings) ? (["logs"] as const) : []),
    ...(database === "postgresql" ? (["postgres"] as const) : []),
    ...(turn.enabled ? (["redis", "turn"] as const) : []),
    ...(federation.mode === "off" ? [] : (["federation"] as const)),
  ]);
}
