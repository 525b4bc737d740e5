// Backups of everything that makes the service, by restic and pgBackRest: at their times, and when they are asked for.
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { type DeliveredFile, type ImageSource, type Platform } from "../../platform/workload.ts";
import type { Settings } from "../../settings/schema.ts";
import { isWatched } from "../../settings/watching.ts";
import type { DomainCertificates } from "../certificates/domain-certificates.ts";
import { scrapers } from "../monitoring/scrapers.ts";
import { uploadsGroup, uploadsVolume } from "../prosody/uploads.ts";
import { dataVolume } from "../prosody/volumes.ts";
import type { CertificateAuthority } from "../certificates/certificate-authority.ts";
import type { BackupAccess } from "../postgres/postgres.ts";
import { backupFiles, backupMetrics, repositoryFiles } from "./backup-files.ts";
import { certificateNames, pgbackrest, repositoryHostFiles } from "./pgbackrest-files.ts";
import { repositoryVolume } from "./repository-volume.ts";
import { type RestorePart, restoreWorkload } from "./restore.ts";

export interface BackupArgs {
  /** Where it runs. */
  readonly platform: Platform;
  /** The checked settings of the stack. */
  readonly settings: Settings;
  /** The files of every other workload, by its name: copies of them are part of each backup. */
  readonly services: ReadonlyMap<string, readonly DeliveredFile[]>;
  /** What Prosody and the front show. */
  readonly certificates: DomainCertificates;
  /** The password of the stack's own account, which leaves something before each backup (secret). */
  readonly canaryPassword: pulumi.Input<string>;
  /** The private CA, which issues its certificate for PostgreSQL. */
  readonly authority: CertificateAuthority;
  /** How a PostgreSQL of the stack's own is backed up. */
  readonly database?: BackupAccess | undefined;
}

/** Prosody's own: it reads what only that may read. */
const user = { uid: 5222, gid: 5222 };

/**
 * A workload that makes backups, encrypted, on a volume and on an S3 server, lists them, and gives them back.
 *
 * @example const { password } = new Backup("backup", { platform, settings, services, certificates, canaryPassword, authority, database })
 * @see https://restic.readthedocs.io/en/stable/
 */
export class Backup extends pulumi.ComponentResource {
  /** What the backups are encrypted with (secret). */
  readonly password: pulumi.Output<string>;
  /** What a restore of files needs of it. */
  readonly restores: RestorePart;

  constructor(name: string, args: BackupArgs, options: pulumi.ComponentResourceOptions = {}) {
    const { platform, settings, services, certificates, canaryPassword, authority, database } = args;
    const { backup } = settings;
    super("prosody-stack:backup:Backup", name, { schedule: backup.schedule }, options);

    this.password = backup.password === undefined ? new random.RandomPassword(`${name}-password`, { length: 48, special: false }, { parent: this }).result : pulumi.secret(backup.password);
    this.restores = { image: backupImageSource(settings.modules.directory), files: repositoryFiles(settings, platform.surroundings, this.password) };
    const archive = database === undefined ? undefined : repositoryHostFiles(platform.surroundings, { ...authority.issue("backup", certificateNames("backup", platform.surroundings)), ca: authority.certificate }, this.password, database.password);
    const toS3 = backup.s3.endpoint !== undefined;
    platform.workload(
      `${name}-server`,
      {
        name: "backup",
        image: backupImageSource(settings.modules.directory),
        command: ["/usr/bin/lua5.4", "/usr/lib/stack/start.lua"],
        user,
        groups: [uploadsGroup],
        environment: {},
        files: [...backupFiles(settings, platform.surroundings, { password: this.password, canaryPassword, services }), ...(archive ?? [])],
        certificates: certificates.issued,
        volumes: [repositoryVolume(settings), { ...dataVolume(settings), of: "prosody" }, { ...uploadsVolume(settings), of: "prosody" }],
        scratch: { "/tmp": 2 ** 24 },
        ports: [
          ...(archive === undefined ? [] : [{ name: "pgbackrest", port: pgbackrest.port, from: ["postgres", restoreWorkload.database] }]),
          ...(isWatched(settings) ? [{ name: "metrics", port: backupMetrics.port, from: scrapers(settings) }] : []),
        ],
        networks: toS3 ? ["front", "back"] : ["back"],
        reaches: toS3 ? "anybody" : "workloads",
        health: { ...settings.health, command: ["/usr/bin/lua5.4", "/usr/lib/stack/health.lua"] },
        resources: { ...settings.resources, memory: backup.memory, cpus: backup.cpus },
        stopGrace: settings.stopGrace,
        restartOn: "",
      },
      { parent: this },
    );
    this.registerOutputs();
  }
}

/** What the image is built of; `modules` as Prosody's has it, which a drill runs. */
export function backupImageSource(modules: string | undefined): ImageSource {
  return {
    name: "backup",
    directories: [
      { from: "components/base", to: "base" },
      { from: "components/prosody/image/modules", to: "modules" },
      { from: "components/backup/image", to: "." },
      ...(modules === undefined ? [] : [{ from: modules, to: "extra-modules" }]),
    ],
  };
}
