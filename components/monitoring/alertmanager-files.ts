// What Alertmanager reads: whom it tells, and how alerts are put together.
import * as pulumi from "@pulumi/pulumi";
import { stringify } from "yaml";
import { type DeliveredFile, plainFile, type Surroundings } from "../../platform/workload.ts";
import { pemText } from "../../settings/certificates.ts";
import type { Settings } from "../../settings/schema.ts";
import { probesPort } from "../probes/probes.ts";
import { addressOf } from "./programs.ts";

const release = "/run/monitoring/release";
const secrets = `${release}/secrets`;

/**
 * `alertmanager.yml`, and in files of their own what nobody else may read.
 *
 * @see https://prometheus.io/docs/alerting/latest/configuration/
 */
export function alertmanagerFiles(settings: Settings, place: Pick<Surroundings, "host">): DeliveredFile[] {
  const { webhook, webhookCa, email } = settings.alerts;
  const configuration = {
    route: {
      receiver: "everybody",
      // One message for what is wrong with one thing, however many rules see it.
      group_by: ["alertname", "instance"],
      group_wait: "15s",
      group_interval: "5m",
      repeat_interval: "12h",
      routes: [{ receiver: "everybody", matchers: [`severity = "critical"`], group_wait: "5s", group_interval: "1m", repeat_interval: "2h" }],
    },
    // What gives no figures has none worth a message.
    inhibit_rules: [{ source_matchers: [`alertname = "TargetDown"`], target_matchers: [`alertname != "TargetDown"`, `severity = "warning"`], equal: ["instance"] }],
    receivers: [{
      name: "everybody",
      ...(email.to.length > 0 ? { email_configs: mails(settings) } : {}),
      webhook_configs: [
        ...(chats(settings) ? [{ url: `http://${addressOf(place, "probes", probesPort)}/alerts`, send_resolved: true }] : []),
        ...(webhook === undefined ? [] : [{ url_file: `${secrets}/webhook`, send_resolved: true, ...(webhookCa === undefined ? {} : { http_config: { tls_config: trusts("webhook") } }) }]),
      ],
    }],
  };
  return [
    plainFile("alertmanager.yml", stringify(configuration, { lineWidth: 0 })),
    ...Object.entries({ webhook: webhookCa, email: email.ca }).flatMap(([name, ca]) => (ca === undefined ? [] : [plainFile(`${name}-ca.crt`, pemText(ca))])),
    ...(webhook === undefined ? [] : [{ path: "secrets/webhook", content: pulumi.secret(webhook), secret: true }]),
    ...(email.password === undefined ? [] : [{ path: "secrets/smtp", content: pulumi.secret(email.password), secret: true }]),
  ];
}

/** Its certificate is of the CA that was given for it, and of no public one. */
function trusts(name: "email" | "webhook"): object {
  return { ca_file: `${release}/${name}-ca.crt` };
}

/** Whether alerts become messages of the stack's own account. */
function chats(settings: Settings): boolean {
  return settings.alerts.chat?.length !== 0;
}

function mails({ alerts: { email } }: Pick<Settings, "alerts">): object[] {
  const { to, from = to[0], smarthost, ca, user, password } = email;
  return to.map((one) => ({
    to: one,
    from,
    smarthost,
    send_resolved: true,
    require_tls: !smarthost!.endsWith(":465"),
    ...(ca === undefined ? {} : { tls_config: trusts("email") }),
    ...(user === undefined ? {} : { auth_username: user }),
    ...(password === undefined ? {} : { auth_password_file: `${secrets}/smtp` }),
  }));
}

/** Whether it connects to anybody outside of the stack. */
export function tellsOutside({ alerts: { webhook, email } }: Pick<Settings, "alerts">): boolean {
  return webhook !== undefined || email.to.length > 0;
}
