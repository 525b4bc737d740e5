// What pgBackRest is told: in PostgreSQL's workload, which archives its log and lets its files be read; in that of backups, which
// keeps the repository; and in the job that restores from there.
//
// It reads every *.conf below pgbackrest/ of a release. Both ends have a TLS server, and know each other by their certificates.
import * as pulumi from "@pulumi/pulumi";
import { type DeliveredFile, plainFile, type Surroundings } from "../../platform/workload.ts";
import { ownDatabase, passwordFile } from "../postgres/database.ts";

/** What both ends know of each other. */
export const pgbackrest = { stanza: "prosody", port: 8432, repository: "/var/lib/backup/pgbackrest" } as const;

export type End = "postgres" | "backup";

type Place = Pick<Surroundings, "host" | "peers">;

/** Certificate and key of an end, and the CA that has issued both ends', as PEM. */
export interface EndCertificate {
  readonly certificate: pulumi.Input<string>;
  readonly key: pulumi.Input<string>;
  readonly ca: pulumi.Input<string>;
}

/**
 * The names that the certificate of an end is for. By the first, its common name, the other end knows whom it lets in: one that
 * no domain's certificate has.
 */
export function certificateNames(end: End, { host }: Pick<Surroundings, "host">): string[] {
  return [`${end}.pgbackrest`, host(end)];
}

/** `certs/<end>.crt`, its key, and `certs/ca.crt`. */
export function certificateFiles(end: End, { certificate, key, ca }: EndCertificate): DeliveredFile[] {
  return [plainFile(`certs/${end}.crt`, certificate), { path: `certs/${end}.key`, content: key, secret: true }, plainFile("certs/ca.crt", ca)];
}

/** Where an end's own files are; PostgreSQL's by the link that its server follows, too, so that all are of one release. */
const releases: Record<End, string> = { postgres: "/run/postgresql/release", backup: "/config/current" };

const configuration = (release: string) => `${release}/pgbackrest`;

/** The container keeps the log. */
const logging = { "log-level-file": "off", "log-level-console": "warn", "log-level-stderr": "off", "log-timestamp": "n" };

const compression = { "compress-type": "zst" };

const cluster = { "pg1-path": "/var/lib/postgresql/17", "pg1-socket-path": "/run/postgresql", "pg1-user": "postgres" };

/**
 * PostgreSQL's side, beside its certificate's files. What it archives is encrypted with the key that the repository's end tells it.
 * At most `queueMax` bytes of log wait for the repository: beyond them the oldest are given up, which is logged.
 *
 * @see https://pgbackrest.org/configuration.html
 */
export function archiveFiles(surroundings: Place, queueMax: number): DeliveredFile[] {
  return [file({
    global: { ...logging, ...server("postgres", "backup", surroundings), ...repositoryHost(surroundings, releases.postgres) },
    // A repository that is away holds up nobody but the archiver, and a server that stops for as long.
    "global:archive-push": { ...compression, "archive-push-queue-max": `${Math.floor(queueMax / 2 ** 20)}MiB`, "io-timeout": 5 },
    [pgbackrest.stanza]: cluster,
  })];
}

/**
 * The repository's side, its certificate's files included; `password` is what it is encrypted with, `role` that of PostgreSQL's role
 * `backup`.
 */
export function repositoryHostFiles(surroundings: Place, certificate: EndCertificate, password: pulumi.Input<string>, role: pulumi.Input<string>): DeliveredFile[] {
  return [
    file({
      global: {
        ...logging,
        ...server("backup", "postgres", surroundings),
        "repo1-path": pgbackrest.repository,
        "repo1-cipher-type": "aes-256-cbc",
        "repo1-bundle": "y",
        "repo1-block": "y",
        ...compression,
        "expire-auto": "n",
        "repo1-retention-full": 9999999, // `expire` is told by itself what goes
        "start-fast": "y",
      },
      [pgbackrest.stanza]: { ...cluster, ...host("pg1", surroundings, "postgres", certificates("backup", releases.backup)) },
    }),
    { path: "pgbackrest/cipher.conf", secret: true, content: pulumi.output(password).apply((text) => sections({ global: { "repo1-cipher-pass": text } })) },
    ...certificateFiles("backup", certificate),
    plainFile("database/service.conf", serviceFile(surroundings)),
    { path: "secrets/database.pgpass", secret: true, content: passwordFile(role) },
  ];
}

/** How libpq finds the database, for the cut. */
function serviceFile({ host }: Pick<Surroundings, "host">): string {
  return sections({
    backup: {
      host: host("postgres"),
      port: ownDatabase.port,
      dbname: ownDatabase.name,
      user: "backup",
      application_name: "backup",
      sslmode: "verify-full",
      sslrootcert: `${releases.backup}/certs/ca.crt`,
      passfile: `${releases.backup}/secrets/database.pgpass`,
      connect_timeout: 10,
    },
  });
}

/** The side of the job that restores PostgreSQL's files, with its certificate. */
export function restoreDatabaseFiles(surroundings: Place, certificate: EndCertificate): DeliveredFile[] {
  return [file({ global: { ...logging, ...repositoryHost(surroundings, "/config/current") }, [pgbackrest.stanza]: cluster }), ...certificateFiles("postgres", certificate), plainFile("postgresql.conf", "# the job has its own, and the check of its image reads this\n")];
}

type Options = Readonly<Record<string, string | number>>;

/** The TLS server of an end, which lets the other one in and nobody else. */
function server(end: End, client: End, { host, peers }: Place): Options {
  const { ca, cert, key } = certificates(end, releases[end]);
  return {
    // "*" is IPv4's only.
    "tls-server-address": peers.length > 0 && peers.every((network) => network.includes(":")) ? "::" : "*",
    "tls-server-port": pgbackrest.port,
    "tls-server-ca-file": ca,
    "tls-server-cert-file": cert,
    "tls-server-key-file": key,
    "tls-server-auth": `${certificateNames(client, { host })[0]}=${pgbackrest.stanza}`,
  };
}

function repositoryHost(surroundings: Place, release: string): Options {
  return host("repo1", surroundings, "backup", certificates("postgres", release));
}

/** How the other end is reached, and where it finds its own files. */
function host(prefix: "repo1" | "pg1", surroundings: Place, end: End, own: ReturnType<typeof certificates>): Options {
  return {
    [`${prefix}-host`]: surroundings.host(end),
    [`${prefix}-host-type`]: "tls",
    [`${prefix}-host-port`]: pgbackrest.port,
    [`${prefix}-host-ca-file`]: own.ca,
    [`${prefix}-host-cert-file`]: own.cert,
    [`${prefix}-host-key-file`]: own.key,
    [`${prefix}-host-config-include-path`]: configuration(releases[end]),
  };
}

function certificates(end: End, release: string): { ca: string; cert: string; key: string } {
  return { ca: `${release}/certs/ca.crt`, cert: `${release}/certs/${end}.crt`, key: `${release}/certs/${end}.key` };
}

function file(content: Readonly<Record<string, Options>>): DeliveredFile {
  return plainFile("pgbackrest/pgbackrest.conf", sections(content));
}

function sections(content: Readonly<Record<string, Options>>): string {
  return Object.entries(content)
    .map(([name, options]) => `[${name}]\n${Object.entries(options).map(([key, value]) => `${key}=${value}\n`).join("")}`)
    .join("\n");
}
