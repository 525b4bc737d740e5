// The files of the backup workload: what it does and when, its keys, and copies of the files of all others.
import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { type DeliveredFile, type Surroundings, plainFile } from "../../platform/workload.ts";
import { pemText } from "../../settings/certificates.ts";
import { containerPorts, frontPorts } from "../../settings/ports.ts";
import type { Settings } from "../../settings/schema.ts";
import { canaryOf } from "../prosody/canary.ts";

/** Port on which it tells how backups and drills ended, in Prometheus' format. */
export const backupMetrics = { port: 9601 } as const;

/** Its password and its account's, and the others' files by workload. */
interface Kept {
  readonly password: pulumi.Input<string>;
  readonly canaryPassword: pulumi.Input<string>;
  readonly services: ReadonlyMap<string, readonly DeliveredFile[]>;
}

/** Everything that is delivered to it. */
export function backupFiles(settings: Settings, surroundings: Pick<Surroundings, "host">, { password, canaryPassword, services }: Kept): DeliveredFile[] {
  return [
    ...repositoryFiles(settings, surroundings, password),
    { path: "secrets/canary", content: canaryPassword, secret: true },
    ...[...services].flatMap(([name, files]) => files.map((file) => ({ ...file, path: `services/${name}/${file.path}` }))),
  ];
}

/** What leads to the repositories: a restore needs no more. */
export function repositoryFiles(settings: Settings, surroundings: Pick<Surroundings, "host">, password: pulumi.Input<string>): DeliveredFile[] {
  const { ca, accessKeyId, secretAccessKey } = settings.backup.s3;
  return [
    plainFile("backup.json", `${JSON.stringify(backupTable(settings, surroundings), undefined, 1)}\n`),
    { path: "secrets/password", content: password, secret: true },
    ...(accessKeyId === undefined ? [] : [{ path: "secrets/s3.json", content: pulumi.secret(JSON.stringify({ accessKeyId, secretAccessKey })), secret: true }]),
    ...(ca === undefined ? [] : [plainFile("s3-ca.crt", pemText(ca))]),
  ];
}

function backupTable(settings: Settings, { host }: Pick<Surroundings, "host">): object {
  const { namespace, database, domains, backup, publish, front } = settings;
  // Elsewhere it has no TLS, or a load balancer's word has to come first.
  const speaksTls = publish.https !== 0 && front.behindProxy.length === 0 && publish.proxyProtocol.length === 0;
  const { schedule, keep, drill, s3 } = backup;
  return {
    namespace,
    database,
    domains: domains.map(({ name }) => name.ascii),
    schedule,
    drill_schedule: drill.schedule,
    keep: keep === "never" ? null : keep,
    metrics_port: backupMetrics.port,
    versions: versions(),
    canary: { ...canaryOf(settings), host: host("prosody"), port: containerPorts.c2s, front_host: speaksTls ? host("nginx") : "", front_port: frontPorts.https },
    ...(s3.endpoint === undefined ? {} : { s3: { endpoint: s3.endpoint, bucket: s3.bucket, prefix: s3.prefix ?? namespace, region: s3.region, ca: s3.ca !== undefined } }),
  };
}

/** Of the stack, and of the packages that its backups are made by and are about. */
function versions(): Record<string, string> {
  const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
  const lock = readFileSync("components/backup/image/packages.lock", "utf8");
  const packages = ["prosody", "postgresql-17", "restic", "pgbackrest"].map((name) => [name, new RegExp(`^${name} (.+)$`, "m").exec(lock)![1]!]);
  return { "prosody-stack": version, ...(Object.fromEntries(packages) as Record<string, string>) };
}
