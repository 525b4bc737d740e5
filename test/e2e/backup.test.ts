// Backups of a running service: made, tried by a drill, and brought back, with everything that people had in it.
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { xml } from "@xmpp/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { logIn } from "../../ops/xmpp-client.ts";
import { broughtFrom } from "../image/backups.ts";
import { docker, dockerOutput } from "../image/docker.ts";
import { S3Server, bucket, keys } from "../setup/s3-server.ts";
import { Session, nextSecond } from "./client.ts";
import { TestStack } from "./stack.ts";
import { fetchFrom, slotFor, upload } from "./web.ts";

const domain = "one.test";
const password = "a password of theirs";

/** Removes the message that was written last. */
const lose = "DELETE FROM prosodyarchive WHERE sort_id = (SELECT max(sort_id) FROM prosodyarchive WHERE value LIKE '%lost on its way%')";

/**
 * Puts a backup into the repository once more, newer, with the manifest as it was and a database that lacks a row: SQLite's file
 * loses it, PostgreSQL has lost it before another base backup and mark. Prints how many messages the manifest has.
 */
const storeWithoutARow = (id: string, database: string) => `
import json, os, shutil, sqlite3
from contextlib import closing
from pathlib import Path
from stack_backup import config, places, restore_files
os.umask(0o077)
repository = restore_files.reached(config.read(), "local")
repository.restore("${id}", places.CUT, places.CUT)
said = json.loads(places.MANIFEST.read_text())
if "${database}" == "sqlite":
    with closing(sqlite3.connect(places.DATABASE, autocommit=True)) as copy:
        assert copy.execute("${lose}").rowcount == 1
else:
    from stack_backup import postgresql
    said["database"] = postgresql.backup("29991231T235959Z")["database"]
    places.MANIFEST.write_text(json.dumps(said))
repository.backup("${id}", [places.MANIFEST, *(Path(name) for name in said["hashes"])], [])
shutil.rmtree(places.CUT)
print(said["counts"]["archive"])`;

/** Removes a backup and what was made of it. */
const forget = (id: string) => `
import json
from stack_backup import config, restic
(repository,) = restic.repositories(config.read())
_, output, _ = repository._run("snapshots", "--tag", "${id}", "--json", "--no-lock")
status, _, problem = repository._run("forget", *(one["id"] for one in json.loads(output)))
assert status == 0, problem`;

describe.each([
  ["sqlite", new TestStack("backup-sqlite", 45)],
  ["postgresql", new TestStack("backup-postgresql", 47)],
] as const)("with %s", (database, stack) => {
  stack.settings = { ...stack.settings, database, backup: { enabled: true } };
  const service = () => stack.service();
  const file = randomBytes(100_000);
  let server: S3Server | undefined;
  let picture: string;
  let first: string;

  /** What the command has written into the settings file is the stack's from now on. */
  function adoptGeneration(): void {
    const { config } = JSON.parse(readFileSync(join(stack.directory, `Pulumi.${stack.name}.yaml`), "utf8")) as { config: Record<string, unknown> };
    expect(config["prosody-stack:restore"]).toBeUndefined();
    stack.settings = { ...stack.settings, generation: config["prosody-stack:generation"] };
  }
  const asAlice = () => Session.open({ service: service(), domain, username: "alice", password });
  async function write(text: string): Promise<void> {
    const session = await asAlice();
    await session.send(xml("message", { to: `admin@${domain}`, type: "chat" }, xml("body", {}, text)));
    expect(await session.ping()).toBe(true);
    await session.close();
  }
  async function remembers(text: string): Promise<boolean> {
    const session = await asAlice();
    const found = await session.archived(text);
    await session.close();
    return found.length > 0;
  }
  const program = (...words: string[]) => docker(["exec", `${stack.namespace}-backup`, "/usr/bin/python3", "-m", "stack_backup", ...words]);
  /** A program of the test's own, beside those of the backups. */
  const python = (code: string) => dockerOutput(["exec", `${stack.namespace}-backup`, "/usr/bin/python3", "-c", code]);
  const metric = (name: string) => python(`print(open("/var/lib/backup/metrics/${name}.prom").read().split()[-1])`);
  const backups = async () => JSON.parse(await stack.succeed("xmpp", "backup", "list", "--json")) as { id: string; from: string[] }[];

  beforeAll(async () => {
    await stack.up();
    await stack.createAccount(`alice@${domain}`, password);
    const session = await asAlice();
    const given = await slotFor(session, `upload.${domain}`, { size: file.length });
    expect((await upload(given, file)).status).toBe(201);
    picture = given.get;
    await session.close();
    await write("before the backup");
  });

  afterAll(async () => {
    await Session.closeAll();
    await server?.remove();
    await stack.remove();
  });

  test("one is made while people are online, has the stack's own files too, and is listed", async () => {
    const online = await asAlice();
    const said = await stack.succeed("xmpp", "backup", "now");
    expect(said).toMatch(/^the repository on the volume has it\nbackup \d{8}T\d{6}Z: done$/);
    expect(await online.ping()).toBe(true);
    await online.close();
    const [one, ...others] = await backups();
    expect(others).toEqual([]);
    first = one!.id;
    const names = await python(`${broughtFrom(first)}
print("\\n".join(json.loads((cut / "manifest.json").read_bytes())["hashes"]))`);
    for (const part of [`stack/settings/Pulumi.${stack.name}.yaml`, "stack/state/resources.json", "services/prosody/certs/one.test.key", "services/nginx/nginx.conf", "prosody-uploads/upload.one.test/"]) expect(names).toContain(part);
  });

  test("a drill restores it beside the service, which goes on, and finds what the canary has left", async () => {
    const before = await stack.identity();
    const online = await asAlice();
    const { exitCode, output } = await program("drill");
    expect(exitCode, output).toBe(0);
    expect(output.trim().split("\n").at(-1)).toBe(`drill of ${first}: passed`);
    expect(await online.ping()).toBe(true);
    await online.close();
    expect(await stack.identity()).toEqual(before);
    expect(await metric("stack_drill_last_run_success")).toBe("1");
  });

  test("one that lacks a row of an archive fails the drill, which says what is missing, and the service goes on", async () => {
    await write("lost on its way");
    const said = await stack.succeed("xmpp", "backup", "now");
    const id = /^backup (\d{8}T\d{6}Z): done$/m.exec(said)![1]!;
    if (database === "postgresql") await dockerOutput(["exec", `${stack.namespace}-postgres`, "/usr/lib/postgresql/17/bin/psql", "-X", "-h", "/run/postgresql", "-U", "postgres", "-d", "prosody", "-c", lose]);
    const archived = Number(await python(storeWithoutARow(id, database)));
    const before = await stack.identity();
    const online = await asAlice();
    const { exitCode, output } = await program("drill");
    expect(exitCode, output).toBe(1);
    const told = `${id} does not restore to what it was: archive: ${archived - 1} restored, ${archived} in the backup`;
    // The file of SQLite is another one then, too.
    expect(output.trim().split("\n").at(-1)).toBe(database === "sqlite" ? `${told}, and 1 more` : told);
    expect(await metric("stack_drill_last_run_success")).toBe("0");
    expect(await online.ping()).toBe(true);
    await online.send(xml("message", { to: `admin@${domain}`, type: "chat" }, xml("body", {}, "after that drill")));
    expect(await online.ping()).toBe(true);
    await online.close();
    expect(await remembers("after that drill")).toBe(true);
    expect(await stack.identity()).toEqual(before);
    await python(forget(id));
    expect((await backups()).map((one) => one.id)).toEqual([first]);
  });

  test("what it does not know is refused, and nothing is touched", async () => {
    const before = await stack.identity();
    const { exitCode, output } = await stack.run("xmpp", "restore", "20200101T000000Z");
    expect(exitCode).toBe(1);
    expect(output.trim().split("\n").at(-1)).toContain(first);
    expect(await stack.identity()).toEqual(before);
    adoptGeneration();
  });

  test("restored, everybody has what they had then, files too, and nothing of what came after", async () => {
    await write("after the backup");
    const said = await stack.succeed("xmpp", "restore", "latest");
    expect(said).toContain(`${first} is restored: generation 2 of the data is in use.`);
    expect(said).not.toContain("until there is one"); // a backup of that: the next restore counts on it
    adoptGeneration();
    await logIn({ service: service(), domain, username: "admin", password: stack.outputs.adminPassword });
    expect(await remembers("before the backup")).toBe(true);
    expect(await remembers("after the backup")).toBe(false);
    const got = await fetchFrom(picture);
    expect(got.status).toBe(200);
    expect(Buffer.compare(got.body, file)).toBe(0);
    await write("a new message");
    expect(await stack.preview()).toBe("no changes");
  });

  test.runIf(database === "postgresql")("a second in time is restored, too", async () => {
    await write("in time");
    await nextSecond();
    const at = new Date().toISOString().replace(/\.\d+/, "");
    await nextSecond();
    await write("too late");
    await stack.succeed("xmpp", "restore", "latest", "--at", at);
    adoptGeneration();
    expect(await remembers("in time")).toBe(true);
    expect(await remembers("too late")).toBe(false);
  });

  test.runIf(database === "sqlite")("to the second there is no way back for a file, and that is said", async () => {
    const { exitCode, output } = await stack.run("xmpp", "restore", "latest", "--at", "2026-11-29T12:00:00Z");
    expect(exitCode).toBe(1);
    expect(output).toMatch(/--at: found 2026-11-29T12:00:00Z with database sqlite/);
  });

  test.runIf(database === "postgresql")("with the S3 server alone, everything comes back, and what was restored is proven like what was before", async () => {
    await write("kept elsewhere");
    server = await S3Server.start(`${stack.namespace}-s3`, `${stack.namespace}-front`);
    stack.settings = { ...stack.settings, backup: { enabled: true, s3: { endpoint: server.endpoint, bucket, ...keys, ca: server.ca } } };
    await stack.up();
    expect(await stack.succeed("xmpp", "backup", "now")).toContain(`the repository at ${server.endpoint} has it`);
    await write("lost");
    await dockerOutput(["rm", "--force", `${stack.namespace}-backup`, await stack.deliveryContainer("backup")]);
    await dockerOutput(["volume", "rm", `${stack.namespace}-backup-repository-1`]);
    await stack.up();
    expect((await backups()).map(({ from }) => from)).toEqual([["s3"]]);
    await stack.succeed("xmpp", "restore", "latest", "--from", "s3");
    adoptGeneration();
    expect(await remembers("kept elsewhere")).toBe(true);
    expect(await remembers("lost")).toBe(false);
    await stack.succeed("xmpp", "backup", "now");
    const { exitCode, output } = await program("drill");
    expect(exitCode, output).toBe(0);
  });
});
