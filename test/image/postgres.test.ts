// PostgreSQL in its container: how a cluster comes into being, what is refused, and what survives.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { postgresImageSource } from "../../components/postgres/postgres.ts";
import { tuning, tuningFile } from "../../components/postgres/tuning.ts";
import { builtImage } from "../setup/built-image.ts";
import { pair } from "../setup/certificates.ts";
import { filesBelow } from "../setup/files.ts";
import { dockerOutput, eventually } from "./docker.ts";
import { Site, postgres } from "./site.ts";
import type { Files } from "./tar.ts";

const templates = "config-templates/postgres";
const tuned = tuningFile(tuning(128 * 2 ** 20, 2 ** 30), { archive: false });
let release: Files;
let site: Site;

const psql = (sql: string, ...options: string[]) =>
  site.exec("/usr/lib/postgresql/17/bin/psql", "-XAt", "-h", "/run/postgresql", "-U", "postgres", "-d", "postgres", ...options, "-c", sql);
const answer = async (sql: string, ...options: string[]) => (await psql(sql, ...options)).output.trim();

beforeAll(async () => {
  const own = await pair(["postgres"]);
  release = {
    ...Object.fromEntries(filesBelow(templates).map((path) => [path, readFileSync(join(templates, path), "utf8")])),
    "tuned.conf": tuned,
    "certs/postgres.crt": own.certificate,
    "certs/postgres.key": own.key,
    "secrets/passwords.psql": "\\set prosody 'it''s one'\n\\set monitoring 'two'\n",
  };
  site = new Site(await builtImage(postgresImageSource()), postgres);
  expect(await site.deliver(release)).toMatchObject({ exitCode: 0 });
  // As a start that was killed before it was through with initdb leaves it.
  await site.lua(`require "posix.sys.stat".mkdir("/var/lib/postgresql/17.new", 448)
    io.open("/var/lib/postgresql/17.new/PG_VERSION", "w"):write("17\\n"):close()`);
  await site.start();
}, 300_000);
afterAll(() => site.remove());

test("the cluster is whole, whatever was left of an earlier attempt, and the roles are there when it says that it is started", async () => {
  expect(await site.applied()).toMatch(/^[0-9a-f]{16} ok started$/);
  expect(await answer("SELECT string_agg(rolname, ' ' ORDER BY rolname) FROM pg_roles WHERE rolcanlogin")).toBe("monitoring postgres prosody");
  expect(await answer("SELECT datname, pg_encoding_to_char(encoding), datlocprovider, datlocale FROM pg_database WHERE datname = 'prosody'")).toBe("prosody|UTF8|b|C.UTF-8");
  expect(await answer("SHOW shared_buffers")).toBe("32MB");
});

test("what is not PostgreSQL's configuration is refused by its line, and the old one stays in force", async () => {
  const before = await site.applied();
  const refused = await site.deliver({ ...release, "tuned.conf": `${tuned}shared_bufers = 1GB\n` });
  expect(refused.exitCode).toBe(3);
  expect(refused.last).toMatch(/^refused: unrecognized configuration parameter "shared_bufers" in file ".*tuned\.conf" line 10$/);
  const unknown = await site.deliver({ ...release, "pg_hba.conf": `${release["pg_hba.conf"] as string}hostssl all all all guess\n` });
  expect(unknown.exitCode).toBe(4);
  expect(unknown.output).toMatch(/pg_hba\.conf line \d+: .*invalid authentication method "guess"/);
  expect(await answer("SHOW shared_buffers")).toBe("32MB");
  expect((await site.applied()).split(" ").slice(0, 2)).toEqual(before.split(" ").slice(0, 2)); // it is back at that one
});

test("a password and a setting change while it runs; who is connected stays so, and no password is in the log", async () => {
  const started = await answer("SELECT pg_postmaster_start_time()");
  const sleeping = psql("SELECT pg_sleep(8)");
  await eventually("somebody is connected", async () => (await answer("SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%' AND pid <> pg_backend_pid()")) === "1");
  const delivered = await site.deliver({ ...release, "tuned.conf": `${tuned}work_mem = 3MB\n`, "secrets/passwords.psql": "\\set prosody 'another\\\\ one'\n\\set monitoring 'two'\n" });
  expect(delivered.output).toContain("applied without a restart");
  expect(await answer("SHOW work_mem")).toBe("3MB");
  expect((await sleeping).exitCode).toBe(0);
  expect(await answer("SELECT pg_postmaster_start_time()")).toBe(started);
  expect(await site.log()).not.toMatch(/another|it's one/);
});

test("killed in the middle of writing, it comes back with what was committed", async () => {
  await answer("CREATE TABLE kept (n int)");
  await answer("INSERT INTO kept SELECT generate_series(1, 1000)");
  await dockerOutput(["kill", "--signal", "KILL", site.name]);
  await dockerOutput(["start", site.name]);
  await eventually("it answers", async () => (await site.exec("/usr/bin/lua5.4", "/usr/lib/stack/health.lua")).exitCode === 0);
  expect(await answer("SELECT count(*) FROM kept")).toBe("1000");
});

test("told to stop it ends well, and in time", async () => {
  await dockerOutput(["stop", "--time", "30", site.name]);
  expect((await dockerOutput(["inspect", "--format", "{{.State.ExitCode}}", site.name])).trim()).toBe("0");
  expect(await site.log()).toContain("database system is shut down");
});
