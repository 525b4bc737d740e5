// The settings of monitoring: what is measured and kept, and whom alerts are told to.
import { z } from "zod";
import { address, duration, group, jid, size, text, wholeNumber } from "./fields.ts";

const mailText = 'a mail address such as "ops@example.org"';
const mail = text(mailText).regex(/^[^\s@<>,]+@[^\s@<>,]+$/, { error: mailText });
const smarthostText = 'a host and a port such as "smtp.example.org:587"';
const webhookText = 'an address such as "https://hooks.example.org/xmpp"';
const addressText = 'a host name or an IP address such as "203.0.113.7"';
const pagesText = 'an address such as "https://git.example.org/xmpp/src/main"';
const imageText = 'an image by digest such as "docker.io/grafana/grafana@sha256:…" with 64 hexadecimal digits';
const ca = text("the PEM text of a CA's certificate, or a path to it").optional();
const secret = text("a password without newlines").regex(/^\P{Cc}+$/u, { error: "a password without newlines" });

export const prometheusSettings = group({
  interval: duration.describe("Time between two scrapes of one target, and between two looks at each rule; in the scrape file for your own Prometheus, too."),
  keep: duration.describe("How long figures are kept."),
  keepSize: size.describe("How much of them is kept; the oldest go first. At most four fifths of storage.monitoring."),
  memory: size.describe("Memory limit of Prometheus."),
});

export const grafanaSettings = group({
  image: text(imageText).regex(/^[a-z0-9][a-z0-9._:/-]*@sha256:[0-9a-f]{64}$/, { error: imageText }).optional().describe("Grafana's image, by digest. Without it there is none; where it cannot be pulled, up leaves Grafana out and says so."),
  memory: size.describe("Memory limit of Grafana."),
});

export const scrapeSettings = group({
  networks: z.array(address, { error: "a list of IP addresses and subnets" }).describe("Networks that your Prometheus asks from. Nobody else gets figures, whatever the token."),
  tokenGeneration: wholeNumber(1, 1_000_000).describe("A number that is one more gives another token; the one before is taken until the next change."),
});

export const probesSettings = group({
  interval: duration.describe("Time between two looks of each kind, and between two logins of the stack's own account."),
  address: text(addressText)
    .regex(/^[A-Za-z0-9.:-]{1,253}$/, { error: addressText })
    .optional()
    .describe("Where the service is reached from outside, by a name or an address that leads here from the machine itself too; default inside, where the services listen."),
  memory: size.describe("Memory limit of the probes."),
});

export const alertsSettings = group({
  chat: z.array(jid, { error: 'a list of JIDs, such as ["admin@xmpp.example.org"]' }).optional().describe("Who gets alerts as chat messages of the stack's own account; default the administrators. None with an empty list."),
  webhook: text(webhookText).regex(/^https?:\/\/[^\s/]+\S*$/, { error: webhookText }).optional().describe("Where alerts are posted, in Alertmanager's format (set it with --secret where the address is one)."),
  webhookCa: ca.describe("The CA of its certificate, as PEM or a path; by default the public authorities are trusted."),
  runbooks: text(pagesText).regex(/^https?:\/\/[^\s/]+\S*$/, { error: pagesText }).optional().describe("Where docs/runbooks of this repository is read, by the address before that path; alerts then have a link to their page, and else its path."),
  email: group({
    to: z.array(mail, { error: `a list of mail addresses, such as ["ops@example.org"]` }).describe("Who gets alerts by mail."),
    from: mail.optional().describe("Whom mails are from; default the first of `to`."),
    smarthost: text(smarthostText).regex(/^[A-Za-z0-9.-]+:\d{1,5}$/, { error: smarthostText }).optional().describe("The server that takes mails, by STARTTLS, or by TLS on port 465."),
    ca: ca.describe("The CA of its certificate, as PEM or a path; by default the public authorities are trusted."),
    user: text("a user name").regex(/^\S+$/, { error: "a user name" }).optional().describe("Who signs in there."),
    password: secret.optional().describe("With which password (set it with --secret)."),
  }).describe("Alerts by mail."),
});

export const monitoringStorage = size.describe("Size of the volume with what was measured, likewise.");
