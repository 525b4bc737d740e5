// Who tries to get in, and what is kept out.
import { type Board, highIsBad, lowIsBad, units } from "./board.ts";

const days = (count: number) => count * 86_400;

export const security: Board = {
  name: "security",
  title: "Security",
  description: "Logins that fail, spam that is cut, certificates, and connections with other servers.",
  rows: [
    {
      title: "Now",
      source: "prosody",
      panels: [
        { title: "Wrong passwords", description: "Logins with a wrong password in the last ten minutes. More than 60 are an alert.", unit: units.count, kind: "stat", limits: highIsBad(20, 60), queries: [{ expr: `sum(increase(prosody_stack_logins_total{host=~"$domain", result="not-authorized"}[10m]))`, legend: "failed" }] },
        { title: "Made to wait", description: "Logins that had to wait or were refused in the last ten minutes, after failed ones.", unit: units.count, kind: "stat", limits: highIsBad(5, 30), queries: [{ expr: `sum(increase(prosody_stack_login_delays_total{host=~"$domain"}[10m]))`, legend: "delayed" }] },
        { title: "Cut", description: "Messages and requests that rules against spam refused in the last ten minutes.", unit: units.count, kind: "stat", limits: highIsBad(20, 100), queries: [{ expr: `sum(increase(prosody_stack_cut_stanzas_total{host=~"$domain"}[10m]))`, legend: "cut" }] },
        { title: "In quarantine", description: "Senders who are in quarantine or were lately.", unit: units.count, kind: "stat", limits: highIsBad(1, 10), queries: [{ expr: "sum(prosody_stack_quarantined_senders)", legend: "senders" }] },
        { title: "Certificate, in the files", description: "Time until the first of them ends. It is renewed long before.", unit: units.seconds, kind: "stat", limits: lowIsBad(days(3), days(14)), queries: [{ expr: `min(prosody_stack_certificate_issued_expiry_timestamp_seconds{host=~"(.+[.])?$domain"}) - time()`, legend: "left" }] },
        { title: "Certificate, as shown", description: "Time until the first of them ends that clients are shown.", unit: units.seconds, kind: "stat", source: "probes", limits: lowIsBad(days(3), days(14)), queries: [{ expr: `min(stack_certificate_served_expiry_timestamp_seconds{domain=~"$domain"}) - time()`, legend: "left" }] },
      ],
    },
    {
      title: "Logins",
      source: "prosody",
      panels: [
        { title: "How they end", description: "`success`, or what the client is told. `temporary-auth-failure` is a fault of the server.", unit: units.perMinute, kind: "lines", queries: [{ expr: `60 * sum by (result) (rate(prosody_stack_logins_total{host=~"$domain"}[$__rate_interval]))`, legend: "{{result}}" }] },
        { title: "By mechanism", description: "Those that work. PLAIN tells the server the password; others prove that they know it.", unit: units.perMinute, kind: "lines", queries: [{ expr: `60 * sum by (mechanism) (rate(prosody_stack_logins_total{host=~"$domain", result="success"}[$__rate_interval]))`, legend: "{{mechanism}}" }] },
        { title: "Delays", description: "Logins that had to wait, and such as would have had to wait for too long.", unit: units.perMinute, kind: "lines", queries: [{ expr: `60 * sum by (outcome) (rate(prosody_stack_login_delays_total{host=~"$domain"}[$__rate_interval]))`, legend: "{{outcome}}" }] },
        { title: "Refused sessions", description: "By the limit that was reached.", unit: units.perMinute, kind: "lines", queries: [{ expr: `60 * sum by (limit) (rate(prosody_stack_refused_sessions_total{host=~"$domain"}[$__rate_interval]))`, legend: "{{limit}}" }] },
      ],
    },
    {
      title: "Spam",
      source: "prosody",
      panels: [
        { title: "Cut, by rule", description: "Messages and requests that were refused, by the rule that refused them.", unit: units.perMinute, kind: "lines", queries: [{ expr: `60 * sum by (rule) (rate(prosody_stack_cut_stanzas_total{host=~"$domain"}[$__rate_interval]))`, legend: "{{rule}}" }] },
        { title: "New accounts", description: "With and without an invitation. A wave of the latter often comes before spam.", unit: units.count, kind: "lines", queries: [{ expr: `sum by (invited) (increase(prosody_stack_registrations_total{host=~"$domain"}[1h]))`, legend: "invited: {{invited}}" }] },
      ],
    },
    {
      title: "Other servers",
      source: "federation",
      panels: [
        { title: "Connections", description: "Established and failed, in and out. That some fail is everyday.", unit: units.perMinute, kind: "lines", queries: [{ expr: `60 * sum by (direction, result) (rate(prosody_stack_server_connections_total{host=~"(.+[.])?$domain"}[$__rate_interval]))`, legend: "{{direction}} {{result}}" }] },
        { title: "Certificates, time left", description: "Of each host, as the files have it.", unit: units.seconds, kind: "lines", limits: lowIsBad(days(3), days(14)), queries: [{ expr: `prosody_stack_certificate_issued_expiry_timestamp_seconds{host=~"(.+[.])?$domain"} - time()`, legend: "{{host}}" }] },
      ],
    },
  ],
};
