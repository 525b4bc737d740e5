// Monitoring: what a stack measures of itself and, where that is its own matter, for how long that is kept, and whom it tells when something is wrong.
import * as pulumi from "@pulumi/pulumi";
import { type DataVolume, type DeliveredFile, type ImageSource, type Platform, plainFile, type WorkloadArgs } from "../../platform/workload.ts";
import type { Settings } from "../../settings/schema.ts";
import { measuresNodes } from "../../settings/watching.ts";
import { alertmanagerFiles, tellsOutside } from "./alertmanager-files.ts";
import { containersFile } from "./containers-file.ts";
import { exporterFiles, type Watched } from "./exporters-files.ts";
import { alertmanagerPath, exporterPorts, type Program, programs } from "./programs.ts";
import { prometheusFiles } from "./prometheus-files.ts";
import { scrapers } from "./scrapers.ts";

export interface MonitoringArgs extends Watched {
  /** Where it runs. */
  readonly platform: Platform;
  /** The checked settings of the stack. */
  readonly settings: Settings;
}

/** The uid and gid of `prometheus` in the image, as which each of its programs runs, and those of the node exporter's own. */
export const users = { monitoring: { uid: 9090, gid: 9090 }, node: { uid: 9100, gid: 9100 } } as const;

/** The programs of a stack: a Prometheus of the operator's own needs but what it asks. */
export function programsOf(settings: Pick<Settings, "monitoring" | "platform">): Program[] {
  return [...(settings.monitoring === "own" ? (["prometheus", "alertmanager"] as const) : []), "exporters", ...(measuresNodes(settings) ? (["node-exporter"] as const) : [])];
}

/** Bytes, by program. */
export function monitoringMemory({ prometheus }: Pick<Settings, "prometheus">): Readonly<Record<Program, number>> {
  const mebibytes = (count: number) => count * 2 ** 20;
  return { prometheus: prometheus.memory, alertmanager: mebibytes(64), exporters: mebibytes(96), "node-exporter": mebibytes(32) };
}

/** What the node exporter measures; `textfile` is what our own program writes of containers. */
const collectors = ["cpu", "diskstats", "filefd", "filesystem", "loadavg", "meminfo", "netdev", "pressure", "stat", "textfile", "time", "timex", "uname", "vmstat"] as const;

/** Threads of all that have the one user, on the machine with Docker. */
export const threads = 512;

/**
 * Prometheus, Alertmanager, the exporters of the services that the stack has, and one of each node; of these the exporters alone, where
 * the operator has a Prometheus. Nothing of it is published; Alertmanager is behind Nginx, for administrators' networks, and so are
 * figures, for that Prometheus. What they read changes live.
 *
 * @example new Monitoring("monitoring", { platform, settings, database, redisPassword, certificates })
 * @see https://prometheus.io/docs/
 */
export class Monitoring extends pulumi.ComponentResource {
  private readonly settings: Settings;
  private readonly platform: Platform;

  constructor(name: string, args: MonitoringArgs, options: pulumi.ComponentResourceOptions = {}) {
    const { platform, settings } = args;
    super("prosody-stack:monitoring:Monitoring", name, { keep: settings.prometheus.keep }, options);
    this.settings = settings;
    this.platform = platform;

    const register: Record<Program, () => void> = {
      prometheus: () => this.prometheus(),
      alertmanager: () => this.alertmanager(),
      exporters: () => this.exporters(exporterFiles(settings, platform.surroundings, args)),
      "node-exporter": () => this.nodes(),
    };
    for (const program of programsOf(settings)) register[program]();
    this.registerOutputs();
  }

  private prometheus(): void {
    const { keep, keepSize, memory } = this.settings.prometheus;
    this.run("prometheus", {
      // Go gives memory back in time where it knows how much there is.
      environment: { STACK_PROGRAM: "prometheus", STACK_KEEP: `${keep}s`, STACK_KEEP_SIZE: `${keepSize}B`, GOMEMLIMIT: `${Math.floor(memory * 0.9)}` },
      files: prometheusFiles(this.settings, this.platform.surroundings),
      volumes: [this.volume("/var/lib/prometheus", this.settings.storage.monitoring)],
      ports: [{ name: "prometheus", port: programs.prometheus.port, from: ["prometheus", "grafana"] }],
    });
  }

  private alertmanager(): void {
    const outside = tellsOutside(this.settings);
    this.run("alertmanager", {
      environment: { STACK_PROGRAM: "alertmanager", STACK_EXTERNAL_URL: `https://${this.settings.domains[0]!.name.ascii}${alertmanagerPath}` },
      files: alertmanagerFiles(this.settings, this.platform.surroundings),
      volumes: [this.volume("/var/lib/alertmanager", 2 ** 28)],
      ports: [{ name: "alertmanager", port: programs.alertmanager.port, from: ["prometheus", "nginx"] }],
      networks: outside ? ["front", "back"] : ["back"],
      reaches: outside ? "anybody" : "workloads",
    });
  }

  private exporters(files: readonly DeliveredFile[]): void {
    const ports = { blackbox: programs.exporters.port, ...exporterPorts };
    const asked = Object.entries(ports).map(([name, port]) => ({ name, port, from: scrapers(this.settings) }));
    this.run("exporters", { files, ports: asked.toSorted((a, b) => a.port - b.port) });
  }

  private nodes(): void {
    this.run("node-exporter", {
      image: nodeImageSource(),
      user: users.node,
      environment: {},
      runs: { as: "onEveryNode" },
      host: ["files"],
      files: [plainFile("collectors", collectors.map((name) => `${name}\n`).join("")), containersFile(this.settings, this.platform.surroundings)],
      scratch: { "/run/node-exporter": 2 ** 20 },
      restartOn: collectors.join(" "),
      ports: [{ name: "node", port: programs["node-exporter"].port, from: scrapers(this.settings) }],
    });
  }

  private run(program: Program, differs: Partial<WorkloadArgs>): void {
    const { health, resources, stopGrace } = this.settings;
    this.platform.workload(
      `${program}-server`,
      {
        name: program,
        image: monitoringImageSource(),
        command: ["/usr/bin/lua5.4", "/usr/lib/stack/start.lua"],
        user: users.monitoring,
        groups: [],
        environment: { STACK_PROGRAM: program },
        files: [],
        volumes: [],
        scratch: { "/run/monitoring": 2 ** 20, "/tmp": 2 ** 20 },
        ports: [],
        networks: ["back"],
        reaches: "workloads",
        health: { ...health, command: ["/usr/bin/lua5.4", "/usr/lib/stack/health.lua"] },
        resources: { ...resources, pids: threads, memory: monitoringMemory(this.settings)[program] },
        stopGrace,
        restartOn: "",
        ...differs,
      },
      { parent: this },
    );
  }

  /** Figures and silences are no data that a restore brings back. */
  private volume(path: string, size: number): DataVolume {
    return { name: "data", path, generation: 1, size, shared: false };
  }
}

/** What the image of Prometheus, Alertmanager and the exporters is built of. */
export function monitoringImageSource(): ImageSource {
  return { name: "monitoring", directories: [{ from: "components/base", to: "base" }, { from: "components/monitoring/image", to: "." }] };
}

/** What the image of the node exporter is built of. */
export function nodeImageSource(): ImageSource {
  return { name: "node-exporter", directories: [{ from: "components/base", to: "base" }, { from: "components/monitoring/image", to: ".", only: /^figures\.lua$/ }, { from: "components/monitoring/node-image", to: "." }] };
}
