// The files of one release of the log collector: the template, filled in from the settings, and what only it may read.
import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { Eta } from "eta";
import { type DeliveredFile, plainFile } from "../../platform/workload.ts";
import { pemText } from "../../settings/certificates.ts";
import type { Settings } from "../../settings/schema.ts";
import { syslogPort } from "../../settings/shipping.ts";
import { isWatched } from "../../settings/watching.ts";

const template = "config-templates/syslog-ng/syslog-ng.conf";

/** Where the service sees its release (components/logs/image/collector.lua). */
const release = "/run/logs/release";
const publicAuthorities = "/etc/ssl/certs/ca-certificates.crt";

/** Where it listens. */
export const collectorPort = 5514;

/** Where it tells figures of what it ships, if somebody watches. */
export const collectorMetricsPort = 9577;

const eta = new Eta({ autoEscape: true, escapeFunction: quotedText, autoTrim: [false, "nl"], useWith: false });

/**
 * `syslog-ng.conf`, the CAs that were given, and the headers of requests.
 *
 * @see https://syslog-ng.github.io/admin-guide/
 */
export function collectorFiles(settings: Pick<Settings, "logs" | "monitoring" | "namespace" | "domains">): DeliveredFile[] {
  const { namespace, domains, logs: { ship: { syslog, otlp, buffer } } } = settings;
  const authority = (name: string, ca: string | undefined) => (ca === undefined ? publicAuthorities : `${release}/${name}-ca.crt`);
  const headers = "secrets/headers.conf";
  const facts = {
    port: collectorPort,
    stack: namespace,
    domain: domains[0]!.name.ascii,
    buffer,
    syslog: syslog.host === undefined ? undefined : { host: syslog.host, port: syslogPort(syslog), tls: syslog.tls, ca: authority("syslog", syslog.ca) },
    otlp: otlp.endpoint === undefined ? undefined : { endpoint: otlp.endpoint, ca: authority("otlp", otlp.ca), headers: `${release}/${headers}` },
  };
  return [
    plainFile("syslog-ng.conf", eta.renderString(readFileSync(template, "utf8"), facts)),
    ...(isWatched(settings) ? [plainFile("metrics-port", `${collectorMetricsPort}\n`)] : []),
    ...Object.entries({ syslog, otlp }).flatMap(([name, { ca }]) => (ca === undefined ? [] : [plainFile(`${name}-ca.crt`, pemText(ca))])),
    ...(facts.otlp === undefined ? [] : [{ path: headers, content: pulumi.secret(headersText(otlp.headers)), secret: true }]),
  ];
}

/** The content's type, which all have, and those that are set: `headers("name: value", …)`. */
function headersText(headers: Readonly<Record<string, string>>): string {
  const all = Object.entries({ "Content-Type": "application/json", ...headers }).map(([name, value]) => `${name}: ${value}`);
  return `headers(${all.map((header) => `"${header.replaceAll(/["\\]/g, "\\$&")}"`).join(", ")})\n`;
}

/** Text as it may stand between quotes in syslog-ng's configuration. @throws for what may not */
function quotedText(value: unknown): string {
  const text = String(value);
  if (/["'\\$`\p{Cc}]/u.test(text)) throw new Error(`${JSON.stringify(text)} cannot stand in syslog-ng's configuration`);
  return text;
}
