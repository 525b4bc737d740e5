// The personal and the community scale, which differ by their defaults: one Prosody with SQLite or PostgreSQL, Nginx with the web
// client, a TURN server, monitoring, backups, and a certificate authority for domains without a certificate.
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { Backup } from "../components/backup/backup.ts";
import { Restore } from "../components/backup/restore.ts";
import { CertificateAuthority } from "../components/certificates/certificate-authority.ts";
import { domainCertificates } from "../components/certificates/domain-certificates.ts";
import { Grafana } from "../components/grafana/grafana.ts";
import { LogCollector } from "../components/logs/log-collector.ts";
import { sendingLines } from "../components/logs/sending.ts";
import { Monitoring } from "../components/monitoring/monitoring.ts";
import { scrapeTokens } from "../components/monitoring/scrape-tokens.ts";
import { Nginx } from "../components/nginx/nginx.ts";
import { externalAccess } from "../components/postgres/database.ts";
import { Postgres } from "../components/postgres/postgres.ts";
import { Probes } from "../components/probes/probes.ts";
import { hasCanary } from "../components/prosody/canary.ts";
import { ProsodyServer } from "../components/prosody/prosody-server.ts";
import type { Platform } from "../platform/workload.ts";
import { adminsOf, jidText } from "../settings/hosts.ts";
import type { Settings } from "../settings/schema.ts";
import { shipsLogs } from "../settings/shipping.ts";
import { isWatched } from "../settings/watching.ts";
import { calls } from "./calls.ts";
import { endpoints } from "./endpoints.ts";
import { keepingFiles } from "./kept-files.ts";
import type { StackOutputs } from "./outputs.ts";

/** Registers a service of one Prosody on a platform and returns the stack's outputs. */
export function oneServer(settings: Settings, ground: Platform): StackOutputs {
  const { platform: place, senders } = shipsLogs(settings) ? sendingLines(ground) : { platform: ground, senders: [] };
  const { platform, files: services } = keepingFiles(place);
  const authority = new CertificateAuthority("ca", {
    commonName: `${pulumi.getStack()} XMPP`,
    validityHours: Math.round(settings.tls.validity / 3600),
    renewBeforeHours: Math.round(settings.tls.renewBefore / 3600),
  });
  const certificates = domainCertificates(settings, authority);
  const postgres = settings.database === "postgresql" ? new Postgres("postgres", { platform, settings, authority }) : undefined;
  const database = postgres?.access ?? externalAccess(settings);
  const turn = settings.turn.enabled ? calls(settings, platform, certificates) : undefined;
  const canaryPassword = hasCanary(settings) ? new random.RandomPassword("canary-password", { length: 32, special: false }).result : undefined;
  const prosody = new ProsodyServer("prosody", { platform, settings, certificates, authority, canaryPassword, database, turnSecret: turn?.secret });
  const tokens = settings.monitoring === "external" ? scrapeTokens(settings.scrape) : undefined;
  if (settings.publish.https !== 0) new Nginx("nginx", { platform, settings, certificates, scrapeTokens: tokens?.valid });

  if (isWatched(settings)) new Monitoring("monitoring", { platform, settings, database: postgres?.monitoring, redisPassword: turn?.redisMonitoring, certificates });
  if (isWatched(settings) && canaryPassword) new Probes("probes", { platform, settings, certificates, canaryPassword });

  const { image } = settings.grafana;
  const grafana = image === undefined ? undefined : new Grafana("grafana", { platform, settings, image });

  const backup = settings.backup.enabled && canaryPassword ? new Backup("backup", { platform: place, settings, services, certificates, canaryPassword, authority, database: postgres?.backup }) : undefined;
  if (backup && settings.restore.backup !== undefined) new Restore("restore", { platform: place, settings, files: backup.restores, database: postgres?.restores });
  if (shipsLogs(settings)) new LogCollector("logs", { platform: ground, settings, from: senders });

  const adminJid = jidText(adminsOf(settings)[0]!);
  return {
    domain: settings.domains[0]!.name.unicode,
    adminJid,
    adminPassword: prosody.adminPasswords.apply((passwords) => passwords[adminJid]!),
    adminPasswords: prosody.adminPasswords,
    caCertificate: authority.certificate,
    endpoints: endpoints(settings),
    ...(backup === undefined ? {} : { backupPassword: backup.password }),
    ...(grafana === undefined ? {} : { grafanaPassword: grafana.password }),
    ...(tokens === undefined ? {} : { scrapeToken: tokens.current }),
  };
}
