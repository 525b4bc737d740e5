// The program: an XMPP service around Prosody 13, as its settings say.
//
//   settings      Pulumi.<stack>.yaml, checked, with the defaults of its scale and environment filled in
//   scales        which components that means, and how they are wired
//   components    what each service needs: image, files, secrets, volumes, ports, health
//   platform      how Docker or Kubernetes gives it
import * as pulumi from "@pulumi/pulumi";
import { platformOf } from "./platform/platform.ts";
import { refuseUnbuilt } from "./scales/built.ts";
import { withoutLeftOut } from "./scales/left-out.ts";
import { oneServer } from "./scales/one-server.ts";
import { platformArgs } from "./scales/platform-args.ts";
import { refuseUnpushed } from "./scales/pushed.ts";
import { loadSettings } from "./settings/load.ts";

const settings = withoutLeftOut(loadSettings());
refuseUnbuilt(settings);
refuseUnpushed(settings, pulumi.getStack());
const outputs = oneServer(settings, await platformOf(settings.platform, platformArgs(settings)));

/** The first domain. */
export const domain = outputs.domain;
/** The first administrator, and how that one logs in for the first time. */
export const adminJid = outputs.adminJid;
export const adminPassword = outputs.adminPassword;
/** First passwords of all administrators by JID. */
export const adminPasswords = outputs.adminPasswords;
/** The private CA's certificate, for clients to trust. */
export const caCertificate = outputs.caCertificate;
/** Where each service is reached from outside. */
export const endpoints = outputs.endpoints;
/** What backups are encrypted with: without it nothing can be restored. */
export const backupPassword = outputs.backupPassword;
/** Of Grafana's user `admin`. */
export const grafanaPassword = outputs.grafanaPassword;
/** By which a Prometheus of the operator's own gets figures. */
export const scrapeToken = outputs.scrapeToken;
