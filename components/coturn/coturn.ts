// Coturn: STUN and TURN, by which calls get through where both sides do not reach each other.
import * as pulumi from "@pulumi/pulumi";
import { type ImageSource, type Platform, plainFile } from "../../platform/workload.ts";
import type { Settings } from "../../settings/schema.ts";
import { turnTcpPorts } from "../../settings/turn.ts";
import type { DomainCertificates } from "../certificates/domain-certificates.ts";
import { coturnFiles, coturnRestartHash } from "./coturn-files.ts";

export interface CoturnArgs {
  /** Where it runs. */
  readonly platform: Platform;
  /** The checked settings of the stack. */
  readonly settings: Settings;
  /** Certificates and keys of the domains; it shows the first one's. */
  readonly certificates: DomainCertificates;
  /** What Redis wants to hear of whoever connects (secret). */
  readonly redisPassword: pulumi.Input<string>;
}

/** The uid and gid of `coturn` in the image. */
const user = { uid: 5349, gid: 5349 };

/** It has a thread for every two cores of the machine, whatever it is given of them, besides its own. */
const threads = 256;

/**
 * A TURN server for the credentials that Prosody gives out, which relays to the Internet only. A renewed certificate is read again
 * live; another change of its configuration replaces it, and ends the calls that go through it.
 *
 * @example new Coturn("coturn", { platform, settings, certificates, redisPassword: redis.password })
 * @see https://www.rfc-editor.org/rfc/rfc8656
 * @see https://xmpp.org/extensions/xep-0215.html
 */
export class Coturn extends pulumi.ComponentResource {
  constructor(name: string, args: CoturnArgs, options: pulumi.ComponentResourceOptions = {}) {
    const { platform, settings, certificates, redisPassword } = args;
    const { turn, domains, health, resources, stopGrace } = settings;
    super("prosody-stack:coturn:Coturn", name, { port: turn.port }, options);

    const domain = domains[0]!.name.ascii;
    const files = coturnFiles(settings, platform.surroundings);
    platform.workload(
      `${name}-server`,
      {
        name: "coturn",
        image: coturnImageSource(),
        command: ["/usr/bin/lua5.4", "/usr/lib/stack/start.lua"],
        user,
        groups: [],
        environment: {},
        files: [
          ...Object.entries(files).map(([path, text]) => plainFile(path, text)),
          ...certificates.files.filter(({ path }) => [`certs/${domain}.crt`, `certs/${domain}.key`].includes(path)),
          { path: "secrets/redis-password", content: redisPassword, secret: true },
        ],
        certificates: certificates.issued.filter((certificate) => certificate.domain === domain),
        volumes: [],
        scratch: { "/run/coturn": 2 ** 20, "/tmp": 2 ** 20 },
        ports: [
          { name: "turn", port: turn.port, protocols: ["udp"], from: ["probes"] } as const,
          { name: "turnTls", port: turn.tlsPort, protocols: ["udp"] } as const,
          { name: "turnTcp", port: turnTcpPorts.port },
          { name: "turnTlsTcp", port: turnTcpPorts.tlsPort, from: ["probes"] },
          { name: "turnRelay", port: turn.relay.start, count: turn.relay.count, protocols: ["udp"] } as const,
        ].toSorted((a, b) => a.port - b.port), // as Docker's provider reads them back
        networks: ["front", "back"],
        reaches: "anybody",
        health: { ...health, command: ["/usr/bin/lua5.4", "/usr/lib/stack/health.lua"] },
        resources: { ...resources, memory: turn.memory, pids: threads },
        stopGrace,
        restartOn: coturnRestartHash(files),
      },
      { parent: this },
    );
    this.registerOutputs();
  }
}

/** What the image is built of. */
export function coturnImageSource(): ImageSource {
  return {
    name: "coturn",
    directories: [
      { from: "components/base", to: "base" },
      { from: "components/prosody/image", to: ".", only: /^check-certificates\.lua$/ },
      { from: "components/coturn/image", to: "." },
    ],
  };
}
