// Rules for monitoring.
import { authorityProblems } from "./certificates.ts";
import type { Problem } from "./problems.ts";
import type { Settings } from "./schema.ts";

const leastMemory = 64 * 2 ** 20;
const leastProbesMemory = 48 * 2 ** 20;

/** What cannot work of the settings for monitoring. */
export function monitoringProblems({ prometheus, probes, alerts: { email, webhook, webhookCa }, storage }: Pick<Settings, "prometheus" | "probes" | "alerts" | "storage">): Problem[] {
  const problems: Problem[] = [];
  const most = Math.floor((storage.monitoring * 4) / 5);
  if (prometheus.keepSize > most) problems.push({ key: "prometheus.keepSize", text: `found ${prometheus.keepSize} bytes, expected at most four fifths of storage.monitoring (${most} bytes): the log of what is coming in lies beside it; lower it, or raise that` });
  if (prometheus.memory < leastMemory) problems.push({ key: "prometheus.memory", text: `found ${prometheus.memory} bytes, expected at least 64MiB` });
  if (prometheus.interval > 120) problems.push({ key: "prometheus.interval", text: `found ${prometheus.interval}s, expected at most 2m: a figure that is older than five minutes counts as gone` });
  if (probes.interval < 10 || probes.interval > 300) problems.push({ key: "probes.interval", text: `found ${probes.interval}s, expected 10s to 5min: each is a login, and alerts go by the last few` });
  if (probes.memory < leastProbesMemory) problems.push({ key: "probes.memory", text: `found ${probes.memory} bytes, expected at least 48MiB: they take about 40` });
  if (email.to.length > 0 && email.smarthost === undefined) problems.push({ key: "alerts.email.smarthost", text: "found nothing beside alerts.email.to, which needs it; set it, or empty that list" });
  if (email.to.length === 0 && email.smarthost !== undefined) problems.push({ key: "alerts.email.to", text: "found nobody beside alerts.email.smarthost; say who gets the mails, or remove that" });
  for (const [one, other] of [["user", "password"], ["password", "user"]] as const) {
    if (email[one] !== undefined && email[other] === undefined) problems.push({ key: `alerts.email.${other}`, text: `found nothing beside alerts.email.${one}, expected both or none` });
  }
  if (email.ca !== undefined && email.smarthost === undefined) problems.push({ key: "alerts.email.ca", text: "found it without alerts.email.smarthost, which says where the server is; set that, or remove this" });
  if (webhookCa !== undefined && !webhook?.startsWith("https:")) problems.push({ key: "alerts.webhookCa", text: "found it without an alerts.webhook of https, whose certificate it is to be for; set that, or remove this" });
  return [...problems, ...authorityProblems("alerts.email.ca", email.ca), ...authorityProblems("alerts.webhookCa", webhookCa)];
}
