// Nginx: the front that carries HTTP, and XMPP on the same port.
import * as pulumi from "@pulumi/pulumi";
import type { ImageSource, Platform } from "../../platform/workload.ts";
import { frontPorts } from "../../settings/ports.ts";
import type { Settings } from "../../settings/schema.ts";
import { isWatched } from "../../settings/watching.ts";
import type { DomainCertificates } from "../certificates/domain-certificates.ts";
import { uploadsGroup, uploadsVolume } from "../prosody/uploads.ts";
import { assetsDirectories } from "../web-client/assets.ts";
import { webClientFiles } from "../web-client/web-client.ts";
import { frontFiles, scrapeTokensFile, statusPort } from "./front-files.ts";

export interface NginxArgs {
  /** Where it runs. */
  readonly platform: Platform;
  /** The checked settings of the stack. */
  readonly settings: Settings;
  /** Certificates and keys of the domains. */
  readonly certificates: DomainCertificates;
  /** By which a Prometheus of the operator's own gets figures (secret); none where there is none. */
  readonly scrapeTokens?: readonly pulumi.Input<string>[] | undefined;
}

/** The uid and gid of `nginx` in the image. */
const user = { uid: 5443, gid: 5443 };

/**
 * HTTPS for every domain (web client, WebSocket, BOSH, uploads, host-meta), and XMPP by ALPN on the same port, passed on to
 * Prosody with the client's address. Its configuration changes by a reload; whoever is connected stays so.
 *
 * @example new Nginx("nginx", { platform, settings, certificates })
 * @see https://xmpp.org/extensions/xep-0368.html
 */
export class Nginx extends pulumi.ComponentResource {
  constructor(name: string, args: NginxArgs, options: pulumi.ComponentResourceOptions = {}) {
    const { platform, settings, certificates, scrapeTokens } = args;
    super("prosody-stack:nginx:Nginx", name, { domains: settings.domains.map((domain) => domain.name.unicode) }, options);

    const watched = isWatched(settings);
    const shown = settings.front.behindProxy.length > 0 ? { files: [], issued: [] } : certificates;
    platform.workload(
      `${name}-server`,
      {
        name: "nginx",
        image: nginxImageSource(),
        command: ["/usr/bin/lua5.4", "/usr/lib/stack/start.lua"],
        user,
        groups: [uploadsGroup],
        environment: {},
        files: [
          ...frontFiles(settings, platform.surroundings),
          ...settings.domains.flatMap((domain) => (settings.webClient.enabled ? webClientFiles(settings, domain) : [])),
          ...(scrapeTokens === undefined ? [] : [{ path: scrapeTokensFile, content: scrapeTokensMap(scrapeTokens), secret: true }]),
          ...shown.files,
        ],
        certificates: shown.issued,
        volumes: [{ ...uploadsVolume(settings), of: "prosody" }],
        scratch: { "/run/nginx": 2 ** 24, "/tmp": 2 ** 20 },
        ports: [
          { name: "https", port: frontPorts.https, from: ["backup", ...(watched ? ["exporters", "probes"] : [])] },
          { name: "http", port: frontPorts.http, from: watched ? ["probes"] : [] },
          ...(watched ? [{ name: "status", port: statusPort, from: ["exporters"] }] : []),
        ],
        networks: ["front", "back"],
        reaches: "workloads",
        health: { ...settings.health, command: ["/usr/bin/lua5.4", "/usr/lib/stack/health.lua"] },
        resources: { ...settings.resources, memory: settings.front.memory },
        stopGrace: settings.stopGrace,
        restartOn: "", // a reload reaches all of it
      },
      { parent: this },
    );
    this.registerOutputs();
  }
}

/** Lines of a map of Nginx from what a request has as its Authorization; a text by itself would be the same in capitals. */
function scrapeTokensMap(tokens: readonly pulumi.Input<string>[]): pulumi.Output<string> {
  return pulumi.secret(pulumi.all([...tokens]).apply((known) => known.map((token) => `"~^(?i:Bearer) ${token}$" 1;\n`).join("")));
}

/** What the image is built of. */
export function nginxImageSource(): ImageSource {
  return {
    name: "nginx",
    directories: [
      { from: "components/base", to: "base" },
      { from: "components/nginx/image", to: "." },
      ...assetsDirectories,
    ],
  };
}
