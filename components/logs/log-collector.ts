// The log collector: gets the lines of the stack's services and ships them to where the settings say.
import * as pulumi from "@pulumi/pulumi";
import type { ImageSource, Platform } from "../../platform/workload.ts";
import type { Settings } from "../../settings/schema.ts";
import { isWatched } from "../../settings/watching.ts";
import { scrapers } from "../monitoring/scrapers.ts";
import { collectorFiles, collectorMetricsPort, collectorPort } from "./collector-files.ts";

export interface LogCollectorArgs {
  /** Where it runs. */
  readonly platform: Platform;
  /** The checked settings of the stack. */
  readonly settings: Settings;
  /** The workloads that send it their lines (components/logs/sending.ts). */
  readonly from: readonly string[];
}

/** The uid and gid of `logs` in the image. */
const user = { uid: 5514, gid: 5514 };

/** Bytes. */
export const collectorMemory = 64 * 2 ** 20;

/**
 * syslog-ng, which sends lines on as syslog (RFC 5424), by OTLP, or both, and keeps what it cannot send on a volume, up to
 * `logs.ship.buffer` for each. A change of these settings is in force without a restart.
 *
 * @example new LogCollector("logs", { platform, settings, from: ["prosody", "nginx"] })
 * @see https://syslog-ng.github.io/admin-guide/
 */
export class LogCollector extends pulumi.ComponentResource {
  constructor(name: string, args: LogCollectorArgs, options: pulumi.ComponentResourceOptions = {}) {
    const { platform, settings, from } = args;
    const watched = isWatched(settings);
    super("prosody-stack:logs:LogCollector", name, { buffer: settings.logs.ship.buffer }, options);

    platform.workload(
      `${name}-server`,
      {
        name: "logs",
        image: logsImageSource(),
        command: ["/usr/bin/lua5.4", "/usr/lib/stack/start.lua"],
        user,
        groups: [],
        environment: {},
        files: collectorFiles(settings),
        volumes: [{ name: "data", path: "/var/lib/logs", generation: 1, size: settings.storage.logs, shared: false }],
        scratch: { "/run/logs": 2 ** 20, "/tmp": 2 ** 20 },
        ports: [{ name: "logs", port: collectorPort, from: [...from] }, ...(watched ? [{ name: "metrics", port: collectorMetricsPort, from: scrapers(settings) }] : [])],
        networks: ["front", "back"],
        reaches: "anybody",
        health: { ...settings.health, command: ["/usr/bin/lua5.4", "/usr/lib/stack/health.lua"] },
        resources: { ...settings.resources, memory: collectorMemory },
        stopGrace: settings.stopGrace,
        restartOn: watched ? "figures" : "", // a reload reaches all else
      },
      { parent: this },
    );
    this.registerOutputs();
  }
}

/** What the image is built of. */
export function logsImageSource(): ImageSource {
  return { name: "logs", directories: [{ from: "components/base", to: "base" }, { from: "components/logs/image", to: "." }] };
}
