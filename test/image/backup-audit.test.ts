// The audit log in backups: what grows while it is read is as it was at one moment, and what is restored is that.
import { afterAll, beforeAll, expect, test } from "vitest";
import { Backups, fill, settings } from "./backups.ts";
import { eventually } from "./docker.ts";

const release = { "backup.json": settings(), "secrets/password": "a key of more than sixteen characters", "secrets/canary": "password" };
const audit = "/var/lib/prosody/audit";
const past = "audit-2026-01-02.jsonl";
const today = `audit-${new Date().toISOString().slice(0, 10)}.jsonl`;
let site: Backups;
let next: Backups;

beforeAll(async () => {
  site = await Backups.start();
  next = await Backups.start({ repository: site.volumes.repository });
  await site.configure(release);
  await site.python(fill(1, 1));
  await site.write(audit, { [past]: '{"event":"login"}\n' });
}, 300_000);
afterAll(async () => {
  await site.remove();
  await next.remove();
});

test("a backup that is made while it is written restores, with whole files of past days and a part of today's", async () => {
  const writing = site.python(`
import os, time
with open("${audit}/${today}", "a") as file:
    while not os.path.exists("/tmp/done"):
        file.write('{"event":"login"}\\n')
        file.flush()
        time.sleep(0.002)
print(os.path.getsize("${audit}/${today}"))`);
  await eventually("it is written", async () => (await site.python(`import os; print(os.path.exists("${audit}/${today}"))`)) === "True");
  const made = await site.run("now");
  await site.python('open("/tmp/done", "w")');
  const written = Number(await writing);
  const id = /\d{8}T\d{6}Z/.exec(made.last)![0];

  await next.configure({ ...release, "restore.json": JSON.stringify({ backup: id, from: "local", database: "sqlite" }) });
  const { exitCode, last } = await next.run("restore-files");
  expect(exitCode, last).toBe(0);
  expect(await next.python(`print(open("${audit}/${past}").read(), end="")`)).toBe('{"event":"login"}');
  const restored = Number(await next.python(`import os; print(os.path.getsize("${audit}/${today}"))`));
  expect(restored).toBeGreaterThan(0);
  expect(restored).toBeLessThan(written);
  expect(await next.python(`import os; print(oct(os.stat("${audit}/${today}").st_mode)[-3:])`)).toBe("600");
});

test("how old its oldest day is, is a figure of the backup", async () => {
  const age = Number(await site.python(`
for line in open("/var/lib/backup/metrics/stack_oldest_record_age_seconds.prom"):
    if 'kind="audit"' in line: print(line.split()[-1])`));
  const expected = (Date.now() - Date.parse("2026-01-02T00:00:00Z")) / 1000;
  expect(Math.abs(age - expected)).toBeLessThan(600);
});
