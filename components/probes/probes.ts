// Probes: a look at the service every minute as its users see it, and alerts as chat messages to its administrators.
import * as pulumi from "@pulumi/pulumi";
import type { ImageSource, Platform } from "../../platform/workload.ts";
import type { Settings } from "../../settings/schema.ts";
import type { DomainCertificates } from "../certificates/domain-certificates.ts";
import { scrapers } from "../monitoring/scrapers.ts";
import { probesFiles } from "./probes-files.ts";

export interface ProbesArgs {
  /** Where they run. */
  readonly platform: Platform;
  /** The checked settings of the stack. */
  readonly settings: Settings;
  /** What Prosody, the front and the TURN server show: they trust these very certificates. */
  readonly certificates: DomainCertificates;
  /** The password of the stack's own account, as which they log in (secret). */
  readonly canaryPassword: pulumi.Input<string>;
}

/** Where they are asked for what they have found out, and told of alerts. */
export const probesPort = 9600;

/** The uid and gid of `probes` in the image. */
const user = { uid: 9600, gid: 9600 };

/**
 * A workload that connects to every published service again and again, logs in as the stack's own account, and has what came of it
 * at `/metrics`. What Alertmanager posts to `/alerts` it writes to `alerts.chat`, by the same account.
 *
 * @example new Probes("probes", { platform, settings, certificates, canaryPassword })
 * @see https://prometheus.io/docs/alerting/latest/configuration/#webhook_config
 */
export class Probes extends pulumi.ComponentResource {
  constructor(name: string, args: ProbesArgs, options: pulumi.ComponentResourceOptions = {}) {
    const { platform, settings, certificates, canaryPassword } = args;
    const { probes } = settings;
    super("prosody-stack:probes:Probes", name, { interval: probes.interval }, options);

    platform.workload(
      `${name}-server`,
      {
        name: "probes",
        image: probesImageSource(),
        command: ["/usr/bin/lua5.4", "/usr/lib/stack/start.lua"],
        user,
        groups: [],
        environment: {},
        files: [...probesFiles(settings, platform.surroundings, canaryPassword), ...certificates.files.filter(({ secret }) => !secret)],
        certificates: certificates.issued,
        volumes: [],
        scratch: { "/tmp": 2 ** 20 },
        ports: [{ name: "probes", port: probesPort, from: [...scrapers(settings), ...(settings.monitoring === "own" ? ["alertmanager"] : [])] }],
        networks: ["front", "back"],
        reaches: probes.address === undefined ? "workloads" : "anybody",
        health: { ...settings.health, command: ["/usr/bin/lua5.4", "/usr/lib/stack/health.lua"] },
        resources: { ...settings.resources, memory: probes.memory },
        stopGrace: settings.stopGrace,
        restartOn: "", // read in each round
      },
      { parent: this },
    );
    this.registerOutputs();
  }
}

/** What the image is built of. */
export function probesImageSource(): ImageSource {
  return {
    name: "probes",
    directories: [
      { from: "components/base", to: "base" },
      { from: "components/probes/image", to: "." },
    ],
  };
}
