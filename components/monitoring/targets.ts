// What has figures, and where.
import { containerPorts } from "../../settings/ports.ts";
import { backupMetrics } from "../backup/backup-files.ts";
import { collectorMetricsPort } from "../logs/collector-files.ts";
import { probesPort } from "../probes/probes.ts";
import { alertmanagerPath, exporterPorts, programs } from "./programs.ts";
import type { Job } from "./sources.ts";

/** A job of one target, whose instance is the workload. */
export interface Target {
  readonly workload: string;
  readonly port: number;
  readonly path: string;
  /** Names of those that are not kept. */
  readonly dropped?: string;
}

const path = "/metrics";

/** By their jobs; of `node` there are as many as there are nodes. What the blackbox exporter is asked for is another matter (blackbox.ts). */
export const targets: Readonly<Record<Exclude<Job, "blackbox">, Target>> = {
  alertmanager: { workload: "alertmanager", port: programs.alertmanager.port, path: `${alertmanagerPath}${path}` },
  backup: { workload: "backup", port: backupMetrics.port, path },
  logs: { workload: "logs", port: collectorMetricsPort, path, dropped: "node_.+" }, // what tells them is a node exporter
  nginx: { workload: "exporters", port: exporterPorts.nginx, path },
  node: { workload: "node-exporter", port: programs["node-exporter"].port, path },
  postgres: { workload: "exporters", port: exporterPorts.postgres, path },
  probes: { workload: "probes", port: probesPort, path },
  prometheus: { workload: "prometheus", port: programs.prometheus.port, path },
  prosody: { workload: "prosody", port: containerPorts.http, path, dropped: "prosody_.+_created" }, // when each series began
  redis: { workload: "exporters", port: exporterPorts.redis, path },
};

/** What Prometheus is told of figures that it does not keep. */
export function withoutDropped({ dropped }: Pick<Target, "dropped">): object {
  return dropped === undefined ? {} : { metric_relabel_configs: [{ source_labels: ["__name__"], regex: dropped, action: "drop" }] };
}
