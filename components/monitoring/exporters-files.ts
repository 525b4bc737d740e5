// What the exporters read: where their services are, and what they are let in with.
import * as pulumi from "@pulumi/pulumi";
import { stringify } from "yaml";
import { type DeliveredFile, plainFile, type Surroundings } from "../../platform/workload.ts";
import type { Settings } from "../../settings/schema.ts";
import type { DomainCertificates } from "../certificates/domain-certificates.ts";
import { statusPort } from "../nginx/front-files.ts";
import { type DatabaseAccess, ownDatabase } from "../postgres/database.ts";
import { luaValue } from "../prosody/lua.ts";
import { redisPort } from "../redis/redis.ts";
import { blackboxConfiguration } from "./blackbox.ts";
import { addressOf } from "./programs.ts";
import { sourcesOf } from "./sources.ts";

export interface Watched {
  /** How the role `monitoring` gets into the stack's own PostgreSQL. */
  readonly database?: DatabaseAccess | undefined;
  /** With which password `monitoring` gets into Redis (secret). */
  readonly redisPassword?: pulumi.Input<string> | undefined;
  /** What the domains are expected to show. */
  readonly certificates: DomainCertificates;
}

/** Relays of calls, as Coturn tells Redis of them: how many there are is all that is asked. */
const countedKeys = "db0=turn/realm/*/user/*/allocation/*/status";

/** `exporters.lua` (components/monitoring/image/program-exporters.lua), `blackbox.yml`, and what both name. */
export function exporterFiles(settings: Settings, place: Pick<Surroundings, "host">, { database, redisPassword, certificates }: Watched): DeliveredFile[] {
  const sources = sourcesOf(settings);
  const redis = addressOf(place, "redis", redisPort);
  const exporters = {
    ...(database === undefined ? {} : { postgres: { uri: `${addressOf(place, ownDatabase.workload, ownDatabase.port)}/${ownDatabase.name}?sslmode=verify-full&sslrootcert=/run/monitoring/release/certs/database.crt`, user: "monitoring" } }),
    ...(redisPassword === undefined ? {} : { redis: { address: `redis://${redis}`, user: "monitoring", counted: countedKeys } }),
    ...(sources.has("nginx") ? { nginx: { uri: `http://${addressOf(place, "nginx", statusPort)}/nginx_status` } } : {}),
  };
  return [
    plainFile("blackbox.yml", stringify(blackboxConfiguration(settings, place), { lineWidth: 0 })),
    plainFile("exporters.lua", `return ${luaValue(exporters)}\n`),
    ...certificates.files.filter(({ secret }) => !secret),
    ...(database === undefined ? [] : [plainFile("certs/database.crt", database.ca!), { path: "secrets/postgres", content: database.password, secret: true }]),
    ...(redisPassword === undefined ? [] : [{ path: "secrets/redis.json", content: pulumi.secret(pulumi.output(redisPassword).apply((password) => JSON.stringify({ [`redis://monitoring@${redis}`]: password }))), secret: true }]),
  ];
}
