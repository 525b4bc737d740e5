// Grafana: the dashboards of the stack, in upstream's own image.
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { createHash } from "node:crypto";
import type { Platform } from "../../platform/workload.ts";
import type { Settings } from "../../settings/schema.ts";
import { monitoringImageSource, threads, users } from "../monitoring/monitoring.ts";
import { grafana } from "../monitoring/programs.ts";
import { grafanaConfiguration, grafanaData, grafanaFiles, grafanaPaths, readAtStart } from "./grafana-files.ts";

export interface GrafanaArgs {
  /** Where it runs. */
  readonly platform: Platform;
  /** The checked settings of the stack. */
  readonly settings: Settings;
  /** What it runs: `grafana.image`. */
  readonly image: string;
}

/**
 * A Grafana with the stack's Prometheus and dashboards, behind Nginx at `/grafana/` of the first domain, for administrators' networks.
 * All that it has is in files: it begins anew with each start.
 *
 * @example const { password } = new Grafana("grafana", { platform, settings, image: "docker.io/grafana/grafana@sha256:…" })
 * @see https://grafana.com/docs/grafana/latest/administration/provisioning/
 */
export class Grafana extends pulumi.ComponentResource {
  /** Of its user `admin` (secret). */
  readonly password: pulumi.Output<string>;

  constructor(name: string, args: GrafanaArgs, options: pulumi.ComponentResourceOptions = {}) {
    const { platform, settings, image } = args;
    super("prosody-stack:grafana:Grafana", name, { image }, options);
    const secret = (of: string, length: number) => new random.RandomPassword(`${name}-${of}`, { length, special: false }, { parent: this }).result;
    this.password = secret("password", 24);

    platform.workload(
      `${name}-server`,
      {
        name: "grafana",
        image: monitoringImageSource(), // whose program delivers its files
        foreignImage: image,
        command: ["/usr/share/grafana/bin/grafana", "server", "--homepath=/usr/share/grafana", `--config=${grafanaConfiguration}/grafana.ini`],
        user: users.monitoring, // whose /config is in that image
        groups: [],
        environment: { STACK_PROGRAM: "grafana", ...grafanaPaths },
        files: grafanaFiles(settings, platform.surroundings, { password: this.password, key: secret("key", 48) }),
        volumes: [],
        scratch: { [grafanaData]: 2 ** 26, "/tmp": 2 ** 24 },
        ports: [{ name: "grafana", port: grafana.port, from: ["nginx"] }],
        networks: ["back"],
        reaches: "workloads",
        resources: { ...settings.resources, pids: threads, memory: settings.grafana.memory },
        stopGrace: settings.stopGrace,
        restartOn: createHash("sha256").update(JSON.stringify(readAtStart(settings, platform.surroundings))).digest("hex").slice(0, 16),
      },
      { parent: this },
    );
    this.registerOutputs();
  }
}
