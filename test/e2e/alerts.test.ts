// Monitoring of the community scale on a live stack: nothing is asked for in vain, and what goes wrong is told, and nothing else.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { boardsOf } from "../../components/monitoring/dashboards/boards.ts";
import { ruleGroups } from "../../components/monitoring/rules.ts";
import { dockerOutput, eventually } from "../image/docker.ts";
import { MailReceiver, WebhookReceiver } from "../setup/alert-receivers.ts";
import { authority } from "../setup/certificates.ts";
import { SyslogReceiver } from "../setup/log-receivers.ts";
import { seriesOf, withoutVariables } from "../setup/promql.ts";
import { SmallDisk } from "../setup/small-disk.ts";
import { settingsFrom } from "../unit/settings/parsed.ts";
import { everything } from "../unit/monitoring/stacks.ts";
import { happens, quiet } from "./fault.ts";
import { deliveredRules, hurry } from "./hurried-rules.ts";
import { Prometheus } from "./prometheus.ts";
import { refusedOn } from "./refused-login.ts";
import { TestStack } from "./stack.ts";
import { Stream } from "./stream.ts";
import { turnSettings } from "./turn/turn-settings.ts";

/** Wrong passwords of one address before it has to wait: more than are guessing. By default it has to wait long before. */
const failuresPerAddress = 80;

const stack = new TestStack("alerts", 19, { scale: "community", backup: { enabled: true }, logins: { failuresPerAddress }, prometheus: { interval: "4s" }, probes: { interval: "10s" } });
stack.settings = { ...stack.settings, turn: { ...turnSettings(stack), externalAddress: "203.0.113.7" } };
const syslog = new SyslogReceiver();
const root = await authority();
const identity = await root.issue([stack.gateway]);
const [mail, webhook] = [new MailReceiver(identity), new WebhookReceiver(identity)];
const prometheus = new Prometheus((command) => dockerOutput(["exec", `${stack.namespace}-prometheus`, ...command]));
const disk = new SmallDisk();
const backup = (...command: string[]) => dockerOutput(["exec", `${stack.namespace}-backup`, "/usr/bin/python3", ...command]);

beforeAll(async () => {
  await Promise.all([disk.create(), syslog.start(), mail.start(), webhook.start()]);
  const email = { to: ["ops@example.org"], from: "xmpp@example.org", smarthost: `${stack.gateway}:${mail.port}`, ca: root.certificate, ...mail.credentials };
  stack.settings = { ...stack.settings, alerts: { email, webhook: `https://${stack.gateway}:${webhook.port}/alerts`, webhookCa: root.certificate }, logs: { format: "json", ship: { syslog: { host: stack.gateway, port: syslog.port, tls: false } } } };
  await stack.up();
  await hurry(stack);
  // As on any stack that is older than a week.
  await stack.succeed("xmpp", "backup", "now");
  await backup("-m", "stack_backup", "drill");
});

afterAll(async () => {
  await stack.remove();
  await Promise.all([disk.remove(), syslog.stop(), mail.stop(), webhook.stop()]);
});

test("it has all that there are rules and dashboards for", () => {
  const titles = (settings: typeof everything) => boardsOf(settings).flatMap(({ name, rows }) => rows.flatMap(({ panels }) => panels.map(({ title }) => `${name}: ${title}`)));
  expect(titles(settingsFrom(stack.settings))).toEqual(titles(everything));
  const names = deliveredRules(stack).map(({ name }) => name).filter((name) => !name.endsWith(".limits"));
  expect(names.toSorted()).toEqual([...ruleGroups().values()].flat().map(({ name }) => name).toSorted());
});

describe("on a stack that is well", () => {
  /** Those that have no series, with the reasons; three at most. */
  const exceptions: Readonly<Record<string, string>> = {};

  /** Whatever has no series, once they had the time to come. */
  async function empty(asked: readonly (readonly [string, string])[]): Promise<string[]> {
    const of = async () => {
      const counts = await prometheus.counts(asked.map(([, expr]) => expr));
      return asked.flatMap(([name, expr], index) => (counts[index] === 0 || typeof counts[index] === "string" ? [`${name}: ${expr} (${counts[index]})`] : []));
    };
    await eventually("a series of each", async () => (await of()).length <= Object.keys(exceptions).length, 60).catch(() => undefined);
    return (await of()).filter((line) => !Object.keys(exceptions).some((name) => line.startsWith(`${name}: `)));
  }

  test("every query of every panel has a series", async () => {
    const asked = boardsOf({ ...settingsFrom(stack.settings), namespace: stack.namespace }).flatMap(({ name, rows }) => rows.flatMap(({ panels }) => panels.flatMap(({ title, queries }) => queries.map(({ expr }) => [`${name}: ${title}`, withoutVariables(expr)] as const))));
    expect(asked.length).toBeGreaterThan(80);
    expect(await empty(asked)).toEqual([]);
  });

  test("every alert looks at something", async () => {
    const asked = deliveredRules(stack).flatMap(({ rules }) => rules.flatMap(({ alert, expr }) => (alert === undefined ? [] : seriesOf(expr).map((series) => [alert, series] as const))));
    expect(asked.length).toBeGreaterThan(50);
    expect(await empty(asked)).toEqual([]);
  });

  // PostgresLongTransaction leaves it out, and could not if it kept others waiting or deleted rows on the disk.
  test("the transaction that Prosody's connection has open holds nothing", async () => {
    const held = await dockerOutput(["exec", `${stack.namespace}-postgres`, "/usr/lib/postgresql/17/bin/psql", "-XAt", "-h", "/run/postgresql", "-U", "postgres", "-c", "SELECT state, backend_xid, backend_xmin, (SELECT count(*) FROM pg_locks WHERE pid = a.pid AND locktype <> 'virtualxid') FROM pg_stat_activity a WHERE application_name = 'prosody'"]);
    expect(held.trim()).toBe("idle in transaction|||0");
  });

  test("no alert fires", () => quiet(prometheus));
});

describe("exactly these alerts fire, and end, for", () => {
  test("wrong passwords, as many as a guesser tries", async () => {
    const open = async () => {
      const stream = await Stream.directTls(stack.ports.c2sDirectTls, "one.test");
      await stream.open();
      return stream;
    };
    let waiting: Stream[] = [];
    await happens(prometheus, {
      begins: async () => {
        for (let count = 0; count < failuresPerAddress; count += 1) await refusedOn(await open(), `guess${count}`);
        waiting = await Promise.all(Array.from({ length: 40 }, open));
        for (const stream of waiting) stream.socket.write(`<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='SCRAM-SHA-256'>${Buffer.from("n,,n=guess,r=nonce").toString("base64")}</auth>`);
      },
      ends: () => Promise.resolve(waiting.forEach((stream) => stream.close())),
      fires: ["LoginsDelayed", "PasswordGuessing"],
    });
  });

  test("a disk that is full", () =>
    happens(prometheus, {
      begins: () => Promise.resolve(disk.fill(0.03)),
      ends: () => Promise.resolve(disk.empty()),
      fires: ["DiskFilling", "DiskFillingSoon", "DiskFull"],
    }));

  // A day in which no backup was made is one in which the last one has become so old: that is written, all else is as it is.
  test("backups that are made no more", () =>
    happens(prometheus, {
      begins: async () => void (await backup("-c", `import time; from stack_backup import metrics; metrics.gauge("stack_backup_last_success_timestamp_seconds", "Made by a test.", round(time.time()) - 27 * 3600)`)),
      ends: async () => void (await stack.succeed("xmpp", "backup", "now")),
      fires: ["BackupTooOld"],
    }));

  const workload = (name: string) => ({
    begins: async () => void (await dockerOutput(["stop", `${stack.namespace}-${name}`])),
    ends: async () => void (await dockerOutput(["start", `${stack.namespace}-${name}`])),
  });

  // Back before Alertmanager has told anybody, it would not have been away.
  test("a workload of backups that has stopped", () =>
    happens(prometheus, {
      begins: workload("backup").begins,
      ends: async () => {
        await eventually("word of it", () => Promise.resolve(webhook.alerts.some(({ name, status }) => name === "TargetDown" && status === "firing")), 60);
        await workload("backup").ends();
      },
      fires: ["TargetDown"],
    }));

  test("a server for logs that is away", () =>
    happens(prometheus, {
      begins: () => syslog.stop(),
      ends: async () => void (await syslog.start()),
      fires: ["LogsNotShipped"],
    }));

  test("a Redis that is away", () => happens(prometheus, { ...workload("redis"), fires: ["ProbeFailing", "RedisDown"] }));

  test("a web server that is away", () => happens(prometheus, { ...workload("nginx"), fires: ["NginxDown", "ProbeFailing", "ServiceUnreachable", "UploadsFailing"] }));

  // Alerts go by chat here, and nobody can log in to write one.
  test("a database that is away", () =>
    happens(prometheus, {
      ...workload("postgres"),
      fires: ["AlertMessagesFailing", "CanaryLoginsFailing", "CanaryLoginsFailingSlowly", "DatabaseAway", "LoginsFailing", "LoginsFailingSlowly", "NotificationsFailing", "PostgresDown", "UploadsFailing"],
    }));
});

// Of what is critical the end is told a minute after the beginning at the earliest; of other alerts later (alertmanager.yml).
test.each(["TargetDown", "RedisDown", "NginxDown"])("%s was told by mail and to the webhook, and so was its end", async (name) => {
  const mails = (status: string) => mail.mails.filter(({ subject }) => subject.startsWith(`[${status}`) && subject.includes(name));
  const posted = (status: string) => webhook.alerts.some((alert) => alert.name === name && alert.status === status);
  await eventually("a word of both, by both", () => Promise.resolve(mails("FIRING").length > 0 && mails("RESOLVED").length > 0 && posted("firing") && posted("resolved")), 120);
  for (const { from, to } of mails("FIRING")) expect({ from, to }).toEqual({ from: "xmpp@example.org", to: ["ops@example.org"] });
  expect(webhook.problems).toEqual([]);
});
