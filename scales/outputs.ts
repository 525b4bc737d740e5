// What a stack tells about itself when it is up.
import type * as pulumi from "@pulumi/pulumi";

export interface StackOutputs {
  /** The first domain, as users write it. */
  readonly domain: string;
  /** JID of the first administrator, who can log in as soon as the stack is up. */
  readonly adminJid: string;
  /** First password of `adminJid` (secret). */
  readonly adminPassword: pulumi.Output<string>;
  /** First passwords of all administrators by JID (secret). */
  readonly adminPasswords: pulumi.Output<Record<string, string>>;
  /** Certificate of the private CA as PEM. */
  readonly caCertificate: pulumi.Output<string>;
  /** What backups are encrypted with, where there are any (secret). */
  readonly backupPassword?: pulumi.Output<string>;
  /** Of Grafana's user `admin`, where there is a Grafana (secret). */
  readonly grafanaPassword?: pulumi.Output<string>;
  /** By which a Prometheus of the operator's own gets figures, where there is one (secret). */
  readonly scrapeToken?: pulumi.Output<string>;
  /** Where each service is reached from outside, by name. */
  readonly endpoints: Readonly<Record<string, string>>;
}
