// The database that Prosody keeps accounts and archives in, as Prosody is told of it: the stack's own, or somebody else's.
import * as pulumi from "@pulumi/pulumi";
import { type DeliveredFile, plainFile, type Surroundings } from "../../platform/workload.ts";
import { pemText } from "../../settings/certificates.ts";
import type { Settings } from "../../settings/schema.ts";

/** The stack's own: its workload, its database, and the role that owns it. */
export const ownDatabase = { workload: "postgres", port: 5432, name: "prosody", user: "prosody" } as const;

/** The `sql` table of Prosody's configuration; no password. */
export interface SqlTable {
  readonly driver: "SQLite3" | "PostgreSQL";
  readonly database: string;
  readonly host?: string;
  readonly port?: number;
  readonly username?: string;
}

/** Password and CA that a client of a database needs. */
export interface DatabaseAccess {
  readonly password: pulumi.Input<string>;
  /** PEM; without it public authorities are trusted. */
  readonly ca?: pulumi.Input<string> | undefined;
}

/** @see https://prosody.im/doc/modules/mod_storage_sql */
export function sqlTable(settings: Pick<Settings, "database" | "externalDatabase">, { host }: Pick<Surroundings, "host">): SqlTable {
  const { database, externalDatabase: external } = settings;
  if (database === "postgresql") return { driver: "PostgreSQL", database: ownDatabase.name, host: host(ownDatabase.workload), port: ownDatabase.port, username: ownDatabase.user };
  if (database === "external") return { driver: "PostgreSQL", database: external.name, host: external.host!, port: external.port, username: external.user };
  return { driver: "SQLite3", database: "prosody.sqlite" };
}

/** How somebody else's database is reached; undefined where there is none. */
export function externalAccess({ database, externalDatabase: { password, ca } }: Pick<Settings, "database" | "externalDatabase">): DatabaseAccess | undefined {
  if (database !== "external") return undefined;
  return { password: pulumi.secret(password!), ca: ca === undefined ? undefined : pemText(ca) };
}

/** Where libpq finds everything else than LuaDBI tells it; what stands in these files can change without a restart. */
export const clientEnvironment = { PGSERVICE: "prosody", PGSERVICEFILE: "/config/current/database/service.conf" } as const;

/**
 * The files of libpq: its service, the password and the CA.
 *
 * @see https://www.postgresql.org/docs/17/libpq-pgservice.html
 * @see https://www.postgresql.org/docs/17/libpq-pgpass.html
 */
export function clientFiles({ database, externalDatabase }: Pick<Settings, "database" | "externalDatabase">, { password, ca }: DatabaseAccess): DeliveredFile[] {
  const sslmode = database === "external" ? externalDatabase.tls : "verify-full";
  const service = {
    application_name: "prosody",
    sslmode,
    ...(ca !== undefined ? { sslrootcert: "/config/current/database/ca.crt" } : sslmode === "verify-full" ? { sslrootcert: "system" } : {}),
    passfile: "/config/current/secrets/database.pgpass",
    target_session_attrs: "read-write",
    // Prosody waits for its database: seconds after which it gives one up that does not answer, and milliseconds for one that
    // is gone in the middle of a query. Two seconds are the least that libpq takes.
    connect_timeout: 2,
    tcp_user_timeout: 5000,
    keepalives_idle: 10,
    keepalives_interval: 5,
    keepalives_count: 3,
  };
  return [
    plainFile("database/service.conf", `[prosody]\n${Object.entries(service).map(([key, value]) => `${key}=${value}\n`).join("")}`),
    ...(ca === undefined ? [] : [plainFile("database/ca.crt", ca)]),
    { path: "secrets/database.pgpass", secret: true, content: passwordFile(password) },
  ];
}

/** libpq's passfile of one password. */
export function passwordFile(password: pulumi.Input<string>): pulumi.Output<string> {
  return pulumi.output(password).apply((text) => `*:*:*:*:${text.replaceAll(/[\\:]/g, "\\$&")}\n`);
}
