// The settings of backups, of restoring from them, and of which generation of the data volumes is in use.
import { z } from "zod";
import { group, oneOf, retention, size, text, wholeNumber, yesOrNo } from "./fields.ts";

const cronText = 'five fields of cron in UTC such as "0 2 * * *", or "" for never';
/** What is made of numbers and signs; the numbers themselves are checked with the files that it is delivered in. */
const schedule = text(cronText).regex(/^$|^(\S+ ){4}\S+$/, { error: cronText }).regex(/^[\d*/, A-Za-z-]*$/, { error: cronText });
const password = text("a password of at least 16 characters, without newlines").regex(/^\P{Cc}{16,}$/u, { error: "a password of at least 16 characters, without newlines" });
const endpointText = 'an address such as "https://s3.example.org"';
const bucketText = "the name of a bucket: 3 to 63 lower-case letters, digits, dots and hyphens";

export const backupSettings = group({
  enabled: yesOrNo.describe("Whether there is a workload that makes backups."),
  schedule: schedule.describe("When it makes one by itself: five fields of cron (UTC); never where it is empty."),
  keep: retention.describe("How long a backup is kept; the newest one always is."),
  password: password.optional().describe("What backups are encrypted with (set it with --secret); by default made up at random. Without it nothing can be restored: keep the output backupPassword elsewhere."),
  drill: group({
    schedule: schedule.describe("When the newest backup is restored and tried beside the service; as in backup.schedule."),
  }).describe("Proof that backups can be restored."),
  s3: group({
    endpoint: text(endpointText).regex(/^https:\/\/[^/\s]+$/, { error: endpointText }).optional().describe("Where the S3 server is, by HTTPS; without it backups are on a volume of the stack only."),
    bucket: text(bucketText).regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, { error: bucketText }).optional().describe("Its bucket; made where it is not there and the key may do that."),
    prefix: text("a path of letters, digits, dots, hyphens and slashes").regex(/^[\w.-]+(\/[\w.-]+)*$/, { error: "a path of letters, digits, dots, hyphens and slashes" }).optional().describe("Path within the bucket; default the namespace."),
    region: text("the name of a region").regex(/^[\w-]+$/, { error: "the name of a region" }).describe("Its region, as the server names it."),
    accessKeyId: text("an access key").regex(/^\S+$/, { error: "an access key" }).optional().describe("Who signs in there."),
    secretAccessKey: text("a secret key").regex(/^\S+$/, { error: "a secret key" }).optional().describe("With which key (set it with --secret)."),
    ca: text("the PEM text of a CA's certificate, or a path to it").optional().describe("The CA of the server's certificate, as PEM or a path; by default the public authorities are trusted."),
  }).describe("An S3 server that gets a copy of each backup."),
  memory: size.describe("Memory limit of the workload; a drill runs a whole service in it."),
  cpus: z.number({ error: "a number of CPUs from 0.1 to 64" }).min(0.1).max(64).describe("CPU limit of the workload."),
});

const timeText = 'a time such as "2026-11-29T14:05:00Z"';

export const generationSettings = group({
  current: wholeNumber(1, 1_000_000).describe("The generation of the data volumes that is in use; a restore makes the next one and raises this."),
  oldest: wholeNumber(1, 1_000_000).optional().describe("The oldest one that is kept; default the current one. `restore --commit` lets go of those before the current one."),
});

export const restoreSettings = group({
  backup: text("the id of a backup").regex(/^\d{8}T\d{6}Z$/, { error: "the id of a backup, such as 20261129T020000Z" }).optional().describe("The backup that the next generation of data volumes is made from; `restore` sets and removes this."),
  at: text(timeText).refine((value) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(value) && !Number.isNaN(Date.parse(value)), { error: timeText }).optional().describe("The second (UTC) whose state the database gets, where it is a PostgreSQL of the stack's own; default that of the backup."),
  from: oneOf("local", "s3").describe("Which repository it is taken from."),
});
