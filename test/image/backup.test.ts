// Backups in their image, of a service with SQLite: what they hold, that they restore to the byte, and what is said when they cannot.
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { Backups, broughtFrom, fill, settings } from "./backups.ts";

const key = "a key of more than sixteen characters";
const release = { "backup.json": settings(), "secrets/password": key, "secrets/canary": "password", "services/prosody/prosody.cfg.lua": "-- its configuration", "services/prosody/secrets/admin": "secret" };
let site: Backups;

async function started(...args: Parameters<typeof Backups.start>): Promise<Backups> {
  const one = await Backups.start(...args);
  onTestFinished(() => one.remove());
  return one;
}

const identifier = (said: string) => /\d{8}T\d{6}Z/.exec(said)![0];

beforeAll(async () => {
  site = await Backups.start();
  await site.configure(release);
  await site.python(fill(3, 100));
  await site.write("/var/lib/prosody", { database: "sqlite" });
  await site.write("/var/lib/prosody-uploads", { "upload.one.test/a/picture.png": "some bytes", "upload.one.test/b/empty": "", ".incoming/half": "not whole" });
}, 300_000);
afterAll(() => site.remove());

test("none is there at first; one that is made is listed, and says what it holds", async () => {
  expect(await site.run("list")).toMatchObject({ exitCode: 0, last: "no backup yet" });
  const made = await site.run("now");
  expect(made).toMatchObject({ exitCode: 0, output: expect.stringContaining("the repository on the volume has it") as string });
  const id = identifier(made.last);
  expect(JSON.parse((await site.run("list", "--json")).last)).toMatchObject([{ id, from: ["local"], at: expect.stringMatching(/^2\d{3}-.*Z$/) as string }]);
  const manifest = JSON.parse(await site.python(`${broughtFrom(id)}
print((cut / "manifest.json").read_text())`)) as { hashes: object };
  expect(manifest).toMatchObject({ id, database: { kind: "sqlite" }, counts: { accounts: 3, archive: 100, stores: { accounts: 6 }, uploads: { files: 2, bytes: 10 } }, versions: { "prosody-stack": "0" } });
  expect(Object.keys(manifest.hashes).map((path) => path.replace(/^\/var\/lib\/(backup\/work\/cut\/)?/, "")).toSorted()).toEqual([
    "prosody-uploads/upload.one.test/a/picture.png", "prosody-uploads/upload.one.test/b/empty", "prosody.sqlite", "prosody/database", "services/prosody/prosody.cfg.lua", "services/prosody/secrets/admin",
  ]);
});

test("new volumes get every byte of it, by an order for that very backup, and no others are touched", async () => {
  const id = identifier((await site.run("now")).last);
  const before = await site.contents();
  await site.python(fill(1, 7)); // what comes later is not in it
  const next = await started({ repository: site.volumes.repository });
  await next.configure({ ...release, "restore.json": JSON.stringify({ backup: id, from: "local", database: "sqlite" }) });
  await next.write("/var/lib/prosody-uploads", { ".restoring": "", "left/by/another-try": "half" });
  const { exitCode, last } = await next.run("restore-files");
  expect(exitCode, last).toBe(0);
  const counts = { accounts: 3, archive: 100, stores: { accounts: 6 }, uploads: { files: 2, bytes: 10 } };
  expect(JSON.parse(last.replace("restored ", ""))).toEqual({ counts, expected: counts });
  expect(await next.contents()).toBe(before);
  expect(await next.run("restore-files")).toMatchObject({ exitCode: 1, last: expect.stringMatching(/^\/var\/lib\/prosody of the next generation is not empty; let go of it first/) as string });
});

test("the database is cut at one moment, whatever is written meanwhile", async () => {
  const writing = site.python(`${fill(0, 0)}
import time
for number in range(60):
    with database:
        database.executemany("INSERT INTO prosodyarchive (host, user, store, key, value) VALUES ('one.test', 'user0', 'pair', ?, 'x')", [("a",), ("b",)])
    time.sleep(0.02)`);
  const id = identifier((await site.run("now")).last);
  await writing;
  const pairs = await site.python(`${broughtFrom(id)}
import sqlite3
print(*[n for (n,) in sqlite3.connect(cut / "prosody.sqlite").execute("SELECT count(*) FROM prosodyarchive WHERE store = 'pair' GROUP BY key")])`);
  const [a, b] = pairs.split(" ");
  expect(a).toBe(b);
});

test("how old the oldest of each kind is, is a figure of the last backup", async () => {
  await site.python(`
import os, sqlite3, time
from stack_backup import manifest
for path in manifest.uploaded_files():
    os.utime(path, (time.time(), time.time() - 7000))
with sqlite3.connect("/var/lib/prosody/prosody.sqlite") as database:
    database.execute("""INSERT INTO prosodyarchive (host, user, store, key, "when") VALUES ('one.test', 'user0', 'archive', 'old', ?)""", [int(time.time()) - 5000])`);
  await site.run("now");
  const lines = (await site.python(`print(open("/var/lib/backup/metrics/stack_oldest_record_age_seconds.prom").read())`)).split("\n");
  const age = (kind: string) => Number(lines.find((line) => line.startsWith(`stack_oldest_record_age_seconds{kind="${kind}"} `))?.split(" ").at(-1));
  expect(age("messages")).toBeGreaterThanOrEqual(5000);
  expect(age("messages")).toBeLessThan(5600);
  expect(age("rooms")).toBe(0);
  expect(age("uploads")).toBeGreaterThanOrEqual(7000);
  expect(age("uploads")).toBeLessThan(7600);
});

test("one at a time: another one waits for a moment, and says so when that is not enough", async () => {
  const holding = `
import subprocess
from stack_backup import alone, errors
with alone.alone():`;
  expect(await site.python(`${holding}
    now = subprocess.Popen(["/usr/bin/python3", "-m", "stack_backup", "now"], stdout=subprocess.PIPE, text=True)
    try:
        now.wait(3)
    except subprocess.TimeoutExpired:
        pass
print(now.communicate()[0])`)).toMatch(/^backup \d{8}T\d{6}Z: done$/m);
  expect(await site.python(`${holding}
    alone.PATIENCE = 1
    try:
        with alone.alone():
            print("both")
    except errors.BackupError as error:
        print(error)`)).toBe("another backup or drill is going on; try again when it is done");
});

test("with another key nothing is opened, and nothing is lost", async () => {
  await site.run("now");
  const before = (await site.run("list", "--json")).last;
  await site.configure({ ...release, "secrets/password": "quite another key than that" });
  for (const command of ["now", "list"]) {
    expect(await site.run(command)).toMatchObject({ exitCode: 1, last: "the repository on the volume: the key does not open it: backup.password is another one than it was made with" });
  }
  await site.configure(release);
  expect((await site.run("list", "--json")).last).toBe(before);
});

test("a repository that was damaged does not restore, and says that it is", async () => {
  const damaged = await started();
  await damaged.configure(release);
  await damaged.python(fill(2, 2000));
  const id = identifier((await damaged.run("now")).last);
  await damaged.python(`
from pathlib import Path
for pack in Path("/var/lib/backup/restic/data").rglob("*"):
    if pack.is_file():
        pack.chmod(0o600)
        whole = pack.read_bytes()
        pack.write_bytes(whole[:10] + bytes(200) + whole[210:])`);
  const next = await started({ repository: damaged.volumes.repository });
  await next.configure({ ...release, "restore.json": JSON.stringify({ backup: id, from: "local", database: "sqlite" }) });
  expect(await next.run("restore-files")).toMatchObject({ exitCode: 1, last: expect.stringMatching(/^the repository on the volume: it is damaged: \S/) as string });
});

test("a full volume fails the new backup and keeps the one before", async () => {
  const small = await started({ tmpfs: "size=6m" });
  await small.configure(release);
  await small.python(fill(1, 1));
  const id = identifier((await small.run("now")).last);
  await small.python(`import os; open("/var/lib/prosody-uploads/large", "wb").write(os.urandom(8_000_000))`);
  expect(await small.run("now")).toMatchObject({ exitCode: 1, last: "the repository on the volume: the volume is full (storage.backup, backup.keep)" });
  expect(JSON.parse((await small.run("list", "--json")).last)).toMatchObject([{ id }]);
  expect(await small.python(`print(open("/var/lib/backup/metrics/stack_backup_last_run_success.prom").read().split()[-1])`)).toBe("0");
});

test("what is older than backup.keep goes, and the newest never", async () => {
  const old = await started();
  await old.configure({ ...release, "backup.json": settings({ keep: 3600 }) });
  await old.python(fill(1, 1));
  await old.python(`
from stack_backup import config, places, restic
(local,) = restic.repositories(config.read())
local.ensure()
for day in ("01", "02"):
    status, _, problem = local._run("backup", "/var/lib/prosody", "--tag", f"202001{day}T020000Z", "--time", f"2020-01-{day} 02:00:00", "--host", "service")
    assert status == 0, problem
local.forget(3600)`);
  const ids = async () => (JSON.parse((await old.run("list", "--json")).last) as { id: string }[]).map(({ id }) => id);
  expect(await ids()).toEqual(["20200102T020000Z"]);
  const id = identifier((await old.run("now")).last);
  expect(await ids()).toEqual([id]);
});

test("a schedule is looked at by the minute, in UTC", async () => {
  const due = (schedule: string, since: string, until: string) => site.python(`
from datetime import UTC, datetime
from stack_backup.serve import due
print(due("${schedule}", datetime.fromisoformat("${since}"), datetime.fromisoformat("${until}")))`);
  expect(await due("0 2 * * *", "2026-11-29T01:59:59+00:00", "2026-11-29T02:00:00+00:00")).toBe("True");
  expect(await due("0 2 * * *", "2026-11-29T02:00:00+00:00", "2026-11-29T02:00:01+00:00")).toBe("False");
  expect(await due("", "2026-11-29T01:59:59+00:00", "2026-11-29T02:00:00+00:00")).toBe("False");
});

test("a schedule that is none is refused with the key that has it", async () => {
  await site.write("/tmp", { "release/backup.json": settings({ schedule: "61 2 * * *" }) });
  expect(await site.run("check", "/tmp/release")).toMatchObject({ exitCode: 1, last: "backup.schedule: found 61 2 * * *, expected five fields of cron such as 0 2 * * *" });
});
