// PostgreSQL 17: accounts and archives of a service that has outgrown a file.
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { createHash } from "node:crypto";
import type { ImageSource, Platform } from "../../platform/workload.ts";
import type { Settings } from "../../settings/schema.ts";
import { isWatched } from "../../settings/watching.ts";
import type { CertificateAuthority } from "../certificates/certificate-authority.ts";
import { archiveFiles, certificateFiles, certificateNames, type EndCertificate, pgbackrest, restoreDatabaseFiles } from "../backup/pgbackrest-files.ts";
import { generations } from "../generations.ts";
import type { RestorePart } from "../backup/restore.ts";
import { type DatabaseAccess, ownDatabase } from "./database.ts";
import { serverFiles } from "./server-files.ts";
import { tuning, tuningFile } from "./tuning.ts";

export interface PostgresArgs {
  /** Where it runs. */
  readonly platform: Platform;
  /** The checked settings of the stack. */
  readonly settings: Settings;
  /** The private CA, which issues its certificate and which its clients trust. */
  readonly authority: CertificateAuthority;
}

/** The uid and gid of `postgres` in the image. */
const user = { uid: 5432, gid: 5432 };

/** Seconds that it may take to replay its write-ahead log after a crash, as long as service.lua waits for it. */
const recovery = 300;

/** The roles that connect over the network. None of them is a superuser. `backup` is there where backups are made. */
const roles = ["prosody", "monitoring"] as const;

/** What a workload that makes backups of it needs (both are secret): the password of the role `backup`, and for restores its certificate. */
export interface BackupAccess extends DatabaseAccess {
  readonly certificate: EndCertificate;
}

/**
 * One PostgreSQL with checksums on its data, reached by TLS and SCRAM only, its memory tuned to its limit. Prosody owns its
 * database; `monitoring` reads the server's statistics. Passwords change by `postgres.passwordVersion`, without a restart. Where
 * backups are made it archives its log in their repository.
 *
 * @example const { access } = new Postgres("postgres", { platform, settings, authority })
 * @see https://www.postgresql.org/docs/17/
 */
export class Postgres extends pulumi.ComponentResource {
  /** What Prosody connects with (the password is secret). */
  readonly access: DatabaseAccess;
  /** What its statistics are read with, as `monitoring` (the password is secret). */
  readonly monitoring: DatabaseAccess;
  /** What backups are made with; none where they are off. */
  readonly backup: BackupAccess | undefined;
  /** What a restore of it needs. */
  readonly restores: RestorePart;

  constructor(name: string, args: PostgresArgs, options: pulumi.ComponentResourceOptions = {}) {
    const { platform, settings, authority } = args;
    const { backup, postgres, storage, resources, health, stopGrace } = settings;
    super("prosody-stack:postgres:Postgres", name, { memory: postgres.memory }, options);

    const passwords = Object.fromEntries([...roles, ...(backup.enabled ? ["backup"] : [])].map((role) => [role, this.password(`${name}-password-${role}`, postgres.passwordVersion)]));
    const ca = authority.certificate;
    const certificate = { ...authority.issue("postgres", certificateNames("postgres", platform.surroundings)), ca };
    const tuned = tuningFile(tuning(postgres.memory, storage.database), { archive: backup.enabled });
    platform.workload(
      `${name}-server`,
      {
        name: ownDatabase.workload,
        image: postgresImageSource(),
        command: ["/usr/bin/lua5.4", "/usr/lib/stack/start.lua"],
        user,
        groups: [],
        environment: {},
        files: [
          ...serverFiles(tuned, passwords),
          ...certificateFiles("postgres", certificate),
          ...(backup.enabled ? archiveFiles(platform.surroundings, storage.database / 8) : []),
        ],
        volumes: [{ name: "data", path: "/var/lib/postgresql", ...generations(settings), size: storage.database, shared: false }],
        scratch: { "/run/postgresql": 2 ** 20, "/tmp": 2 ** 24 },
        ports: [
          { name: "postgresql", port: ownDatabase.port, from: ["prosody", ...(backup.enabled ? ["backup"] : []), ...(isWatched(settings) ? ["exporters"] : [])] },
          ...(backup.enabled ? [{ name: "pgbackrest", port: pgbackrest.port, from: ["backup"] }] : []),
        ],
        networks: ["back"],
        reaches: "workloads",
        health: { ...health, startPeriod: Math.max(health.startPeriod, recovery), command: ["/usr/bin/lua5.4", "/usr/lib/stack/health.lua"] },
        resources: { ...resources, memory: postgres.memory, cpus: postgres.cpus },
        stopGrace,
        restartOn: createHash("sha256").update(tuned).digest("hex").slice(0, 16), // read at the start only
      },
      { parent: this },
    );
    this.access = { password: passwords.prosody!, ca };
    this.monitoring = { password: passwords.monitoring!, ca };
    this.backup = backup.enabled ? { password: passwords.backup!, ca, certificate } : undefined;
    this.restores = { image: postgresImageSource(), files: restoreDatabaseFiles(platform.surroundings, certificate) };
    this.registerOutputs();
  }

  private password(name: string, version: number): pulumi.Output<string> {
    return new random.RandomPassword(name, { length: 32, special: false, keepers: { version: String(version) } }, { parent: this }).result;
  }
}

/** What the image is built of. */
export function postgresImageSource(): ImageSource {
  return {
    name: "postgres",
    directories: [
      { from: "components/base", to: "base" },
      { from: "components/postgres/image", to: "." },
    ],
  };
}
