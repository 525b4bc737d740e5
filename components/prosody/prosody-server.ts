// Prosody 13: the XMPP server itself, for every domain of the stack.
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { plainFile, type ImageSource, type Platform, type Port } from "../../platform/workload.ts";
import { hasPrivateAuthority } from "../../settings/certificates.ts";
import { adminsOf, jidText } from "../../settings/hosts.ts";
import { type BareJid, bareJid, fileNameOf } from "../../settings/names.ts";
import { balancedPorts, containerPorts } from "../../settings/ports.ts";
import type { Settings } from "../../settings/schema.ts";
import { isWatched } from "../../settings/watching.ts";
import type { CertificateAuthority } from "../certificates/certificate-authority.ts";
import type { DomainCertificates } from "../certificates/domain-certificates.ts";
import { scrapers } from "../monitoring/scrapers.ts";
import { clientEnvironment, clientFiles, type DatabaseAccess } from "../postgres/database.ts";
import { canarySecretFile } from "./canary.ts";
import { configurationFiles, restartHash, secretFile } from "./release-files.ts";
import { adminPasswordFile, settingsTable, turnSecretFile } from "./settings-table.ts";
import { uploadsGroup, uploadsVolume } from "./uploads.ts";
import { dataVolume } from "./volumes.ts";

export interface ProsodyServerArgs {
  /** Where it runs. */
  readonly platform: Platform;
  /** The checked settings of the stack: its domains, and how they are served. */
  readonly settings: Settings;
  /** Certificates and keys of the domains. */
  readonly certificates: DomainCertificates;
  /** What it makes credentials for TURN from (secret), where there is a TURN server. */
  readonly turnSecret?: pulumi.Input<string> | undefined;
  /** The password of the stack's own account (secret), where there is one. */
  readonly canaryPassword?: pulumi.Input<string> | undefined;
  /** The private CA, which other servers of the same stack's authority are known by. */
  readonly authority: CertificateAuthority;
  /** How its database on the network is reached; undefined where it keeps everything in a file. */
  readonly database?: DatabaseAccess | undefined;
}

/** The uid and gid of `prosody` in the image. */
const user = { uid: 5222, gid: 5222 };

/**
 * One Prosody with the layered configuration (config-templates/prosody), its accounts and archives on a protected
 * volume, and its administrators' accounts made at the first start.
 *
 * @example new ProsodyServer("prosody", { platform, settings, certificates, authority })
 * @see https://prosody.im/doc/configure
 */
export class ProsodyServer extends pulumi.ComponentResource {
  /** First passwords of the administrators by JID (secret). */
  readonly adminPasswords: pulumi.Output<Record<string, string>>;

  constructor(name: string, args: ProsodyServerArgs, options: pulumi.ComponentResourceOptions = {}) {
    const { platform, settings, certificates, authority, canaryPassword, database, turnSecret } = args;
    super("prosody-stack:prosody:ProsodyServer", name, { domains: settings.domains.map((domain) => domain.name.unicode) }, options);

    const table = settingsTable(settings, pulumi.getStack(), platform.surroundings);
    const passwords = adminsOf(settings).map((admin) => ({ admin, password: this.adminPassword(name, admin, settings) }));
    this.adminPasswords = pulumi.secret(pulumi.all(Object.fromEntries(passwords.map(({ admin, password }) => [jidText(admin), password]))));

    platform.workload(
      `${name}-server`,
      {
        name: "prosody",
        image: prosodyImageSource(settings.modules.directory),
        command: ["/usr/bin/lua5.4", "/usr/lib/stack/start.lua"],
        user,
        groups: [uploadsGroup],
        environment: database ? clientEnvironment : {},
        files: [
          ...configurationFiles(table, settings.overrides),
          ...certificates.files,
          ...(database ? clientFiles(settings, database) : []),
          ...(hasPrivateAuthority(settings) ? [plainFile("certs/ca.crt", authority.certificate)] : []),
          ...passwords.map(({ admin, password }) => secretFile(adminPasswordFile(admin), password)),
          ...(canaryPassword === undefined ? [] : [secretFile(canarySecretFile, canaryPassword)]),
          ...(turnSecret === undefined ? [] : [secretFile(turnSecretFile, turnSecret)]),
          ...Object.entries(settings.secrets).map(([file, text]) => secretFile(file, pulumi.secret(text))),
        ],
        certificates: certificates.issued,
        volumes: [dataVolume(settings), uploadsVolume(settings)],
        scratch: { "/run/prosody": 2 ** 20, "/tmp": 2 ** 24 },
        ports: prosodyPorts(settings),
        networks: ["front", "back"],
        reaches: "anybody",
        health: { ...settings.health, command: ["/usr/bin/lua5.4", "/usr/lib/stack/health.lua"] },
        resources: settings.resources,
        stopGrace: settings.stopGrace,
        restartOn: restartHash(table),
      },
      { parent: this },
    );
    this.registerOutputs({ adminPasswords: this.adminPasswords });
  }

  private adminPassword(name: string, admin: BareJid, { adminPasswords }: Settings): pulumi.Output<string> {
    const given = Object.entries(adminPasswords).find(([text]) => {
      const jid = bareJid(text);
      return jid && jidText(jid) === jidText(admin);
    })?.[1];
    if (given !== undefined) return pulumi.secret(given);
    return new random.RandomPassword(`${name}-password-${fileNameOf(admin)}`, { length: 24, special: false }, { parent: this }).result;
  }
}

/** Where it listens, and which workloads may reach what nobody outside does: plain HTTP is the front's, and Prometheus' of the stack's own. */
export function prosodyPorts(settings: Pick<Settings, "publish" | "monitoring">): Port[] {
  const { publish } = settings;
  const watched = isWatched(settings);
  const [probes, watchers] = [watched ? ["probes"] : [], watched ? ["exporters", "probes"] : []];
  const own = [
    { name: "c2s", port: containerPorts.c2s, balanced: balancedPorts.c2s_balanced, from: ["backup", ...probes] },
    { name: "c2sDirectTls", port: containerPorts.c2s_direct_tls, balanced: balancedPorts.c2s_direct_tls_balanced, from: watchers },
    { name: "s2s", port: containerPorts.s2s, balanced: balancedPorts.s2s_balanced, from: probes },
    { name: "s2sDirectTls", port: containerPorts.s2s_direct_tls, balanced: balancedPorts.s2s_direct_tls_balanced, from: watchers },
  ];
  const isBalanced = publish.proxyProtocol.length > 0;
  const all: Port[] = [
    // Other workloads come without the word of a load balancer.
    ...own.flatMap(({ name, port, balanced, from }) => (isBalanced ? [{ name, port: balanced }, { name: `${name.replace("Direct", "")}Inner`, port, from }] : [{ name, port, from }])),
    { name: "proxy65", port: isBalanced && publish.proxy65 !== 0 ? balancedPorts.proxy65_balanced : publish.proxy65 },
    { name: "bosh", port: containerPorts.http, from: [...new Set(["nginx", ...scrapers(settings)])] },
    { name: "c2sProxied", port: containerPorts.c2s_proxied, from: ["nginx"] },
    { name: "s2sProxied", port: containerPorts.s2s_proxied, from: ["nginx"] },
  ];
  return all.filter(({ port }) => port !== 0);
}

/** What the image is built of; `modules` is a directory with Prosody modules of the operator's own. */
export function prosodyImageSource(modules: string | undefined): ImageSource {
  return {
    name: "prosody",
    directories: [
      { from: "components/base", to: "base" },
      { from: "components/prosody/image", to: "." },
      ...(modules === undefined ? [] : [{ from: modules, to: "extra-modules" }]),
    ],
  };
}
