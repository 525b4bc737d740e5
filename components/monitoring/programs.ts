// The programs of monitoring: their workloads, and where they listen.
import type { Surroundings } from "../../platform/workload.ts";

/** Workloads of the stack's own monitoring, each with the port on which it is asked for figures. */
export const programs = {
  prometheus: { port: 9090 },
  alertmanager: { port: 9093 },
  exporters: { port: 9115 },
  "node-exporter": { port: 9100 },
} as const;

export type Program = keyof typeof programs;

/** Ports of the exporters that run beside the blackbox exporter. */
export const exporterPorts = { postgres: 9187, redis: 9121, nginx: 9113 } as const;

/** Path under which Alertmanager is reached, on its own port and on the first domain's site. */
export const alertmanagerPath = "/alertmanager";

/** Grafana, which is no program of ours: its port, and its path on the first domain's site. */
export const grafana = { port: 3000, path: "/grafana" } as const;

/** `host:port` of a workload. */
export function addressOf({ host }: Pick<Surroundings, "host">, workload: string, port: number): string {
  return `${host(workload)}:${port}`;
}
