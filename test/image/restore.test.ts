// Backups of PostgreSQL while it is written to, and what is restored from them: for the job, PostgreSQL and the repository are real.
import { afterAll, beforeAll, expect, test } from "vitest";
import { ArchiveSite } from "./archive-site.ts";
import { Backups } from "./backups.ts";
import { dockerOutput, eventually } from "./docker.ts";
import { Site, postgres } from "./site.ts";

interface Made {
  readonly database: { readonly label: string; readonly restorePoint: string };
  readonly counts: { readonly accounts: number; readonly archive: number; readonly stores: Readonly<Record<string, number>> };
}

const first = "20261129T020000Z";
let site: ArchiveSite;
let made: Made;

/** Prosody's tables; each round of the writer commits an account of two rows and three messages. */
const tables = `CREATE TABLE prosody (host text, "user" text, store text, key text, type text, value text);
  CREATE TABLE prosodyarchive (sort_id bigserial, store text, "when" int, value text);
  ALTER TABLE prosody OWNER TO prosody; ALTER TABLE prosodyarchive OWNER TO prosody`;
const round = `INSERT INTO prosody SELECT 'one.test', 'user' || n, 'accounts', key FROM unnest(ARRAY['salt', 'stored_key']) key;
  INSERT INTO prosodyarchive (value) VALUES ('a'), ('b'), ('c')`;
const writer = `DO $$ BEGIN FOR n IN 1..1000000 LOOP ${round}; COMMIT; END LOOP; END $$`;

const live = async () => Number(await site.sql("SELECT count(*) FROM prosodyarchive"));

beforeAll(async () => {
  site = await ArchiveSite.create();
  expect(await site.server.deliver(await site.serverRelease())).toMatchObject({ exitCode: 0 });
  expect(await site.repository.deliver(await site.repositoryRelease())).toMatchObject({ exitCode: 0 });
  await site.startRepository();
  await site.startServer();
  await site.sql(tables);
}, 300_000);
afterAll(() => site.remove());

test("a backup is made while somebody writes, who hardly waits for it", async () => {
  // Expected from the beginning: it may have ended before whoever ends it says so.
  const writing = expect(site.sql(writer)).rejects.toThrow("terminating connection");
  await eventually("somebody writes", async () => (await live()) > 100);
  const backup = await site.python(`backup("${first}")`);
  const after = await live();
  await site.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'DO %' AND pid <> pg_backend_pid()");
  await writing;
  expect(backup.said).toContain('"restorePoint": "backup-20261129T020000Z"');
  made = backup.answer as Made;
  const { accounts, archive, stores } = made.counts;
  expect({ archive, stores }).toEqual({ archive: 3 * accounts, stores: { accounts: 2 * accounts } });
  expect(archive).toBeGreaterThan(100);
  expect(after).toBeGreaterThan(archive);
  expect(await site.python("check()")).toMatchObject({ answer: [] });
});

test("restored, it has exactly what was counted; another count fails it", async () => {
  const { accounts, archive } = made.counts;
  const more = await site.restore({ backup: first, counts: { ...made.counts, archive: archive + 1 } }, `${site.server.name}-other`);
  expect(more).toMatchObject({ exitCode: 1, last: `backup ${first} does not restore to what it was: archive: ${archive} restored, ${archive + 1} in the backup` });
  // Unfinished, so the job may begin anew there, for the same order only.
  const another = await site.restore({ backup: first }, `${site.server.name}-other`);
  expect(another).toMatchObject({ exitCode: 1, last: expect.stringContaining("of the next generation is not empty") as string });
  const restored = await site.restore({ backup: first });
  expect(restored).toMatchObject({ exitCode: 0, output: expect.stringContaining(`the database of backup ${first}: accounts: ${accounts}, messages in archives: ${archive}\n`) as string });
  const { counts } = JSON.parse(restored.last.replace(/^restored /, "")) as { counts: object };
  expect(counts).toEqual(made.counts);
  expect(await site.restore({ backup: first })).toMatchObject({ exitCode: 0, output: restored.last });
});

test("a restore to a second has what was committed by then, from the backup before", async () => {
  const before = await live();
  const at = await site.sql("SELECT to_char(date_trunc('second', now()) + interval '2 s', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')");
  await eventually("that second is over", async () => (await site.sql(`SELECT clock_timestamp() > '${at}'::timestamptz`)) === "t");
  await site.sql("INSERT INTO prosodyarchive (value) VALUES ('too late')");
  const accounts = await site.sql(`SELECT count(DISTINCT "user") FROM prosody`);
  expect(await site.python("flush()")).toMatchObject({ exitCode: 0 });
  const restored = await site.restore({ backup: first, at }, `${site.server.name}-at`);
  expect(restored).toMatchObject({ exitCode: 0, output: expect.stringContaining(`the database as it was at ${at}: accounts: ${accounts}, messages in archives: ${before}\n`) as string });
});

test("what cannot be restored is told in a line", async () => {
  const early = await site.restore({ backup: first, at: "2026-01-01T00:00:00Z" }, `${site.server.name}-no`);
  expect(early).toMatchObject({ exitCode: 1, last: expect.stringMatching(/^2026-01-01T00:00:00Z is before the first backup of PostgreSQL that there is, which was made at \d{4}-/) as string });
  const late = await site.restore({ backup: first, at: "2099-01-01T00:00:00Z" }, `${site.server.name}-no`);
  expect(late).toMatchObject({ exitCode: 1, last: expect.stringMatching(/^the archive of PostgreSQL's log does not reach to 2099-01-01T00:00:00Z: the last change in it is of \d{4}-/) as string });
  const unknown = await site.restore({ backup: "20200101T000000Z" }, `${site.server.name}-none`);
  expect(unknown).toMatchObject({ exitCode: 1, last: "the repository has no backup 20200101T000000Z of PostgreSQL" });
});

test("the ordinary server starts on what was restored, archives it on a timeline of its own, and is backed up in turn", async () => {
  await dockerOutput(["stop", "--time", "30", site.server.name]);
  const restored = new Site(site.server.image, postgres);
  restored.data = `${site.server.name}-restored`;
  try {
    expect(await restored.deliver(await site.serverRelease())).toMatchObject({ exitCode: 0 });
    await restored.start(true, ...site.on("postgres"));
    expect(await site.sql("SELECT count(*) FROM prosodyarchive", "prosody", restored)).toBe(String(made.counts.archive));
    await site.sql("INSERT INTO prosodyarchive (value) VALUES ('new')", "prosody", restored);
    const second = await site.python(`backup("20261129T030000Z")`);
    expect(second.said).toContain(`"archive": ${made.counts.archive + 1}`);
    await eventually("the history of its timeline is archived", () => site.archived("00000002.history"));
    expect(await site.restore({ backup: "20261129T030000Z" }, `${site.server.name}-second`)).toMatchObject({ exitCode: 0, last: expect.stringMatching(/^restored \{/) as string });
    // From the first one again: another timeline than the one that is in use.
    expect(await site.restore({ backup: first }, `${site.server.name}-again`)).toMatchObject({ exitCode: 0, last: expect.stringMatching(/^restored \{/) as string });
    const directory = await dockerOutput(["run", "--rm", "-v", `${site.server.name}-again:/var/lib/postgresql`, site.server.image, "/usr/bin/lua5.4", "-e", `for _, name in ipairs(require "posix.glob".glob("/var/lib/postgresql/17/pg_wal/*.history", 0)) do print(name) end`]);
    expect(directory).toContain("00000003.history");
  } finally {
    await restored.remove();
  }
  await dockerOutput(["start", site.server.name]);
});

test("without the other end, and with another key, each end says so in a line", async () => {
  await dockerOutput(["stop", "--time", "30", site.server.name]);
  expect((await site.python(`backup("20261129T040000Z")`)).said).toMatch(/^the repository of PostgreSQL's backups: PostgreSQL's workload cannot be reached \(.*\)$/);
  await dockerOutput(["rm", "--force", site.repository.name]);
  const away = await site.restore({ backup: first }, `${site.server.name}-none`);
  expect(away).toMatchObject({ exitCode: 1, last: expect.stringMatching(/^the repository of PostgreSQL's backups: the workload backup cannot be reached \(.*\)$/) as string });

  expect(await site.repository.deliver(await site.repositoryRelease("another password of the tests"))).toMatchObject({ exitCode: 0 });
  await site.startRepository();
  const wrong = await site.restore({ backup: first }, `${site.server.name}-none`);
  const words = "the key does not open it: backup.password is another one than it was made with";
  expect(wrong).toMatchObject({ exitCode: 1, last: expect.stringContaining(words) as string });
  await dockerOutput(["start", site.server.name]);
  await eventually("PostgreSQL is there", async () => (await site.server.exec("/usr/bin/lua5.4", "/usr/lib/stack/health.lua")).exitCode === 0);
  await eventually("it is reached", async () => (await site.python(`backup("20261129T040000Z")`)).said.includes(words));
  await dockerOutput(["rm", "--force", site.repository.name]);
  expect(await site.repository.deliver(await site.repositoryRelease())).toMatchObject({ exitCode: 0 });
  await site.startRepository();
});

test("a full volume is told as that", async () => {
  const small = await Backups.start({ tmpfs: "size=2m", options: site.on("small") });
  try {
    await small.configure(await site.repositoryRelease());
    const said = await small.python(`from stack_backup import pgbackrest
from stack_backup.errors import BackupError
try: pgbackrest.output("stanza-create"); pgbackrest.output("backup", "--no-archive-check")
except BackupError as error: print(error)`);
    expect(said).toContain("the volume is full (storage.backup, backup.keep)");
  } finally {
    await small.remove();
  }
});

/** Turns a byte over near the beginning of the first file that fits: in a segment of the log that is before the mark. */
const spoil = (pattern: string) => site.repository.exec("/usr/bin/python3", "-c", `
import os, pathlib
path = sorted(pathlib.Path("/var/lib/backup/pgbackrest").glob("${pattern}"))[0]
path.chmod(0o640)
data = bytearray(path.read_bytes())
data[100] ^= 255
path.write_bytes(data)`);

test("a damaged segment of the log, a lost one, and a damaged file are found, and told when they are restored", async () => {
  expect(await site.python("check()")).toMatchObject({ answer: [] });
  expect(await spoil(`archive/prosody/*/*/*${(await cut()).slice(8)}-*`)).toMatchObject({ exitCode: 0 });
  const damaged = /^the repository of PostgreSQL's backups: it is damaged \(.*\)$/;
  expect((await site.python("check()")).answer).toEqual([expect.stringMatching(damaged)]);
  // By pgBackRest where it cannot be unpacked, by PostgreSQL otherwise.
  const incomplete = `the archive of PostgreSQL's log is damaged or incomplete before the end of backup ${first}: the last change in it is of `;
  const { last } = await site.restore({ backup: first }, `${site.server.name}-none`);
  if (!damaged.test(last)) expect(last).toContain(incomplete);

  await site.repository.exec("/usr/bin/python3", "-c", `import pathlib\nfor path in pathlib.Path("/var/lib/backup/pgbackrest").glob("archive/prosody/*/*/${await cut()}-*"): path.unlink()`);
  expect((await site.python("check()")).answer).toEqual([`backup ${first}: ${await cut()} of PostgreSQL's log is missing`]);
  expect(await site.restore({ backup: first }, `${site.server.name}-none`)).toMatchObject({ exitCode: 1, last: expect.stringContaining(incomplete) as string });

  expect(await spoil(`backup/prosody/${made.database.label}/bundle/1`)).toMatchObject({ exitCode: 0 });
  expect((await site.python("check()")).answer).toContainEqual(expect.stringMatching(damaged));
  expect(await site.restore({ backup: first }, `${site.server.name}-none`)).toMatchObject({ exitCode: 1, last: expect.stringMatching(damaged) as string });
}, 300_000); // pgBackRest tries a damaged file again, three times

test("what is old enough goes, and the newest stays", async () => {
  expect(await site.python("expire(None)")).toMatchObject({ exitCode: 0 });
  expect(await site.python("expire(86400)")).toMatchObject({ exitCode: 0 });
  expect((await site.pgbackrest("info")).output).toContain(made.database.label);
});

/** The segment with the cut of the first backup. */
async function cut(): Promise<string> {
  const { output } = await site.pgbackrest("info", "--output=json");
  const [stanza] = JSON.parse(output) as [{ backup: { annotation: { backup: string; cut: string } }[] }];
  return stanza.backup.find(({ annotation }) => annotation.backup === first)!.annotation.cut;
}
