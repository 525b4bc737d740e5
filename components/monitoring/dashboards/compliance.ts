// What an auditor asks for: backups that were tried, what is kept and for how long, and what is in force.
import { type Board, highIsBad, lowIsBad, units } from "./board.ts";

const hours = (count: number) => count * 3_600;
const days = (count: number) => hours(24 * count);

export const compliance: Board = {
  name: "compliance",
  title: "Compliance",
  description: "Backups and drills, how long things are kept, changes of the configuration, encryption.",
  rows: [
    {
      title: "Backups",
      source: "backup",
      panels: [
        { title: "Newest backup", description: "How old it is. With one each day, more than 26 hours are an alert.", unit: units.seconds, kind: "stat", limits: highIsBad(hours(25), hours(26)), queries: [{ expr: "time() - stack_backup_last_success_timestamp_seconds", legend: "age" }] },
        { title: "The last one succeeded", description: "In every repository.", unit: units.yesNo, kind: "stat", limits: lowIsBad(1, 1), queries: [{ expr: "stack_backup_last_run_success", legend: "succeeded" }] },
        { title: "It took", description: "How long the last backup took.", unit: units.seconds, kind: "stat", queries: [{ expr: "stack_backup_last_run_duration_seconds", legend: "duration" }] },
        { title: "Newest drill", description: "How long ago a backup was last restored and found complete.", unit: units.seconds, kind: "stat", limits: highIsBad(days(8), days(31)), queries: [{ expr: "time() - stack_drill_last_success_timestamp_seconds", legend: "age" }] },
        { title: "The last drill passed", description: "Whether what was restored was complete.", unit: units.yesNo, kind: "stat", limits: lowIsBad(1, 1), queries: [{ expr: "stack_drill_last_run_success", legend: "passed" }] },
        { title: "Oldest record", description: "Of all kinds, as of the last backup.", unit: units.seconds, kind: "stat", queries: [{ expr: "max(stack_oldest_record_age_seconds)", legend: "age" }] },
        { title: "Oldest record, by kind", description: "How old the oldest message, message in a room, upload and day of the audit log are. None grows beyond what the settings `archive`, `uploads.keep` and `logs.audit` say; two days more are an alert.", unit: units.seconds, kind: "lines", width: 24, queries: [{ expr: "stack_oldest_record_age_seconds", legend: "{{kind}}" }, { expr: "stack:retention_seconds", legend: "{{kind}}, at most" }] },
      ],
    },
    {
      title: "What is in force",
      source: "prosody",
      panels: [
        { title: "Configuration", description: "How long ago the release in force was delivered.", unit: units.seconds, kind: "stat", queries: [{ expr: "time() - prosody_stack_configuration_timestamp_seconds", legend: "age" }] },
        { title: "The last change was taken", description: "If not, the one before is in force.", unit: units.yesNo, kind: "stat", limits: lowIsBad(1, 1), queries: [{ expr: "prosody_stack_last_release_success", legend: "taken" }] },
        { title: "Changes", description: "Releases of the configuration in the time shown, by how it went.", unit: units.count, kind: "stat", queries: [{ expr: "sum by (result) (increase(prosody_stack_releases_total[$__range]))", legend: "{{result}}" }] },
        { title: "Deleted accounts", description: "In the time shown.", unit: units.count, kind: "stat", queries: [{ expr: `sum(increase(prosody_stack_account_deletions_total{host=~"$domain"}[$__range]))`, legend: "deleted" }] },
        { title: "Invitations", description: "Made and used, in the time shown.", unit: units.count, kind: "stat", queries: [{ expr: `sum by (action) (increase(prosody_stack_invites_total{host=~"$domain"}[$__range]))`, legend: "{{action}}" }] },
        { title: "Version", description: "Prosody's, by name.", unit: units.count, kind: "stat", queries: [{ expr: "prosody_info", legend: "{{version}}" }] },
      ],
    },
    {
      title: "Encryption",
      source: "prosody",
      panels: [
        { title: "Encrypted connections of clients", description: "By protocol, in the hour before. What is older than TLS 1.2 is not let in.", unit: units.count, kind: "lines", queries: [{ expr: "sum by (protocol) (increase(prosody_mod_c2s__encrypted_total[1h]))", legend: "{{protocol}}" }] },
        { title: "Logins that tell the server the password", description: "Share of PLAIN among those that work.", unit: units.ratio, kind: "lines", queries: [{ expr: `sum(increase(prosody_stack_logins_total{host=~"$domain", mechanism="PLAIN", result="success"}[1h])) / (sum(increase(prosody_stack_logins_total{host=~"$domain", result="success"}[1h])) > 0) or vector(0)`, legend: "PLAIN" }] },
      ],
    },
    {
      title: "Who is told",
      source: "alertmanager",
      panels: [
        { title: "Alerts sent", description: "Notifications by the way they take, in the hour before.", unit: units.count, kind: "lines", queries: [{ expr: `sum by (integration) (increase(alertmanager_notifications_total{integration=~"email|webhook"}[1h]))`, legend: "{{integration}}" }] },
        { title: "Alerts not sent", description: "Notifications that failed, in the hour before. Nobody was told.", unit: units.count, kind: "lines", limits: highIsBad(1, 1), queries: [{ expr: `sum by (integration) (increase(alertmanager_notifications_failed_total{integration=~"email|webhook"}[1h]))`, legend: "{{integration}}" }] },
      ],
    },
  ],
};
