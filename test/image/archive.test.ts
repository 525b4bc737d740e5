// The archive of PostgreSQL's log, in a repository on another host: what gets there, who gets in, and what happens without it.
import tls from "node:tls";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ArchiveSite, passwords } from "./archive-site.ts";
import { docker, dockerOutput, eventually, type Result } from "./docker.ts";

let site: ArchiveSite;

beforeAll(async () => {
  site = await ArchiveSite.create();
  expect(await site.server.deliver(await site.serverRelease())).toMatchObject({ exitCode: 0 });
  expect(await site.repository.deliver(await site.repositoryRelease())).toMatchObject({ exitCode: 0 });
  await site.startRepository();
  await site.startServer();
  await eventually("the stanza is made", async () => (await site.pgbackrest("stanza-create")).exitCode === 0);
  await site.sql("CREATE TABLE kept (n int)");
}, 300_000);
afterAll(() => site.remove());

const untilArchived = (segment: string, seconds = 90) => eventually(`${segment} is archived`, () => site.archived(segment), seconds);

/** Runs SQL as a role from where the repository is, through libpq's service. */
async function asRole(sql: string, { user = "backup", password = passwords.backup, options = "" } = {}): Promise<Result> {
  const code = `import psycopg, sys\nwith psycopg.connect(${JSON.stringify(`service=backup user=${user} password=${password} ${options}`)}) as c: print(c.execute(${JSON.stringify(sql)}).fetchone()[0])`;
  return docker(["exec", "--env", "PGSERVICEFILE=/config/current/database/service.conf", site.repository.name, "/usr/bin/python3", "-c", code]);
}

test("segments of the log get there, encrypted", async () => {
  await site.sql("INSERT INTO kept VALUES (1)");
  await untilArchived(await site.switchLog());
  expect((await site.pgbackrest("info")).output).toContain("cipher: aes-256-cbc");
});

test("a segment that is on its way does not refuse whoever makes sure of the repository", async () => {
  // Its lock, held until it was wanted twice: here, where that is told, and by what goes on until it is free.
  const holder = `import fcntl, glob, time
def asked():
    for path in glob.glob("/proc/[0-9]*/cmdline"):
        try:
            with open(path, "rb") as file:
                if b"stanza-create" in file.read().split(b"\\0"): return True
        except OSError: pass
    return False
with open("/tmp/pgbackrest/prosody-archive-1.lock", "a") as file:
    fcntl.flock(file, fcntl.LOCK_EX)
    open("/tmp/held", "w").close()
    for _ in range(2):
        while not asked(): time.sleep(0.002)
        while asked(): time.sleep(0.002)
`;
  const holding = site.repository.exec("/usr/bin/python3", "-c", holder);
  await eventually("it is held", async () => (await site.repository.exec("/usr/bin/python3", "-c", `open("/tmp/held")`)).exitCode === 0);
  expect(await site.pgbackrest("stanza-create")).toMatchObject({ exitCode: 50 });
  expect(await site.python("prepare()")).toMatchObject({ exitCode: 0, answer: null });
  expect(await holding).toMatchObject({ exitCode: 0 });
});

test("the role backup reads everything and marks the log, over TLS only, and changes nothing", async () => {
  expect(await asRole("SELECT count(*) >= 0 FROM kept")).toEqual({ exitCode: 0, output: "True" });
  expect(await asRole("SELECT pg_create_restore_point('mark') IS NOT NULL")).toEqual({ exitCode: 0, output: "True" });
  expect((await asRole("INSERT INTO kept VALUES (2) RETURNING n", { options: "options='-c default_transaction_read_only=off'" })).output).toContain("permission denied for table kept");
  expect((await asRole("SELECT pg_read_file('/config/current/secrets/passwords.psql')")).output).toContain("permission denied for function pg_read_file");
  expect((await asRole("SELECT 1", { options: "sslmode=disable" })).output).toContain("pg_hba.conf rejects connection");
  expect((await asRole("SELECT 1", { user: "postgres" })).output).toContain("pg_hba.conf rejects connection");
});

test("another password of the role holds at once, and the certificate of the files' server is another one, without a restart", async () => {
  const started = await site.sql("SELECT pg_postmaster_start_time()");
  const before = await servedCertificate();
  expect(await site.server.deliver(await site.serverRelease({ roles: { ...passwords, backup: "another" } }))).toMatchObject({ exitCode: 0 });
  expect((await asRole("SELECT 1")).output).toContain("password authentication failed");
  expect((await asRole("SELECT 1", { password: "another" })).output).toBe("1");
  await eventually("the new certificate is served", async () => (await servedCertificate()) !== before);
  expect((await site.pgbackrest("check")).exitCode).toBe(0);
  expect(await site.sql("SELECT pg_postmaster_start_time()")).toBe(started);
  expect(await site.server.deliver(await site.serverRelease())).toMatchObject({ exitCode: 0 });
});

test("who has another certificate of the same authority is let in at neither end", async () => {
  const stranger = await site.certificate(["xmpp.localhost"]);
  const connected = await Promise.all([site.server, site.repository].map((end) => site.refused(end, stranger)));
  for (const { exitCode, output } of connected) {
    expect(exitCode).not.toBe(0);
    expect(output).toMatch(/AccessError|access denied/);
  }
});

test("the server of its files is started again when it was killed", async () => {
  const process = `for _, path in ipairs(require "posix.glob".glob("/proc/[0-9]*/cmdline", 0)) do
    local file = io.open(path) local line = file and file:read("a") or ""
    if line:find("^/usr/bin/pgbackrest%zserver") then print(path:match("%d+")) end end`;
  const running = async () => (await site.server.exec("/usr/bin/lua5.4", "-e", process)).output.trim();
  const before = await running();
  await site.server.exec("/usr/bin/lua5.4", "-e", `require "posix.signal".kill(${before}, 9)`);
  await eventually("another one runs", async () => /^\d+$/.test(await running()) && (await running()) !== before);
  await eventually("it is reached", async () => (await site.pgbackrest("check")).exitCode === 0);
  expect(await site.server.log()).toContain("/usr/bin/pgbackrest server has ended with status 137");
});

test("while the repository is away the database serves; when it is back it gets all that it missed", async () => {
  await dockerOutput(["rm", "--force", site.repository.name]);
  const segments: string[] = [];
  for (let n = 0; n < 4; n += 1) {
    await site.sql(`INSERT INTO kept SELECT ${n}`);
    segments.push(await site.switchLog());
  }
  await eventually("the archiver has failed", async () => Number(await site.sql("SELECT failed_count FROM pg_stat_archiver")) > 0);
  const begun = performance.now();
  await site.sql("INSERT INTO kept VALUES (5)");
  expect(performance.now() - begun).toBeLessThan(15_000); // on a busy machine, and far from an archiver's minute
  await site.startRepository();
  for (const segment of segments) await untilArchived(segment);
});

test("what waits for it is bounded: the oldest is given up, and the log says so", async () => {
  expect(await site.server.deliver(await site.serverRelease({ queueMax: 48 * 2 ** 20 }))).toMatchObject({ exitCode: 0 });
  await dockerOutput(["rm", "--force", site.repository.name]);
  const segments: string[] = [];
  for (let n = 0; n < 6; n += 1) {
    await site.sql("INSERT INTO kept VALUES (6)");
    segments.push(await site.switchLog());
  }
  await eventually("it says so", async () => (await site.server.log()).includes(`dropped WAL file '${segments[0]}' because archive queue exceeded 48MB`), 90);
  await site.startRepository();
  await untilArchived(segments.at(-1)!);
  expect(await site.archived(segments[0]!)).toBe(false);
});

test("a server that stops while the repository is away does so in time, and loses no segment", async () => {
  await dockerOutput(["rm", "--force", site.repository.name]);
  await site.sql("INSERT INTO kept VALUES (7)");
  const segment = await site.switchLog();
  const begun = performance.now();
  await dockerOutput(["stop", "--time", "60", site.server.name]);
  expect(performance.now() - begun).toBeLessThan(15_000);
  expect(await site.server.log()).not.toContain("received immediate shutdown request");
  expect((await dockerOutput(["inspect", "--format", "{{.State.ExitCode}}", site.server.name])).trim()).toBe("0");
  await site.startRepository();
  await dockerOutput(["start", site.server.name]);
  await untilArchived(segment);
});

/** The serial number of what PostgreSQL's end shows. */
async function servedCertificate(): Promise<string> {
  const host = (await dockerOutput(["inspect", "--format", "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}", site.server.name])).trim();
  return new Promise((resolve, reject) => {
    const socket = tls.connect({ host, port: 8432, rejectUnauthorized: false }, () => {
      resolve(socket.getPeerCertificate().serialNumber);
      socket.destroy();
    });
    socket.on("error", reject);
  });
}
