// From a file to PostgreSQL and back, by the setting alone: everybody finds what they had.
import { afterAll, beforeAll, expect, test } from "vitest";
import { dockerOutput } from "../image/docker.ts";
import { Session } from "./client.ts";
import { Remembered } from "./remembered.ts";
import { TestStack } from "./stack.ts";

const stack = new TestStack("migration", 35);
const remembered = new Remembered(stack, 60);

beforeAll(async () => {
  await stack.up();
  await remembered.entrust();
});

afterAll(async () => {
  await Session.closeAll();
  await stack.remove();
});

async function query(sql: string): Promise<string[]> {
  const output = await dockerOutput(["exec", `${stack.namespace}-postgres`, "/usr/lib/postgresql/17/bin/psql", "-XAt", "-h", "/run/postgresql", "-U", "postgres", "-d", "prosody", "-c", sql]);
  return output.split("\n").filter(Boolean);
}

async function setDatabase(database: "sqlite" | "postgresql"): Promise<void> {
  stack.settings = { ...stack.settings, database };
  await stack.up();
}

const storageLines = async () => (await stack.logs()).split("\n").filter((line) => line.startsWith("storage: "));
const copied = /^storage: copied (\d+) rows of prosody and (\d+) rows of prosodyarchive into PostgreSQL, and both counted the same; Prosody was down for that for \d+ s$/;

test("everything goes along, counted, and the time that it took is told", async () => {
  await setDatabase("postgresql");
  const lines = await storageLines();
  expect(lines).toEqual([expect.stringMatching(copied)]);
  const [, accounts, archive] = copied.exec(lines[0]!)!.map(Number);
  expect(accounts).toBeGreaterThan(5);
  expect(archive).toBeGreaterThan(0);
  await remembered.isBack();
  expect(await query("SELECT schema_name FROM information_schema.schemata WHERE schema_name LIKE 'before%'")).toEqual([]);
});

test("a second start copies nothing", async () => {
  await dockerOutput(["restart", stack.container]);
  await remembered.isBack();
  expect(await storageLines()).toHaveLength(1);
});

test("back to the file, as it was; and once more to PostgreSQL, where what had been is set aside", async () => {
  await setDatabase("sqlite");
  expect(await storageLines()).toEqual([expect.stringMatching(/^storage: back to the file of \d{4}-\d\d-\d\d \d\d:\d\d UTC; /)]);
  await remembered.isBack();
  await setDatabase("postgresql");
  expect(await storageLines()).toEqual([expect.stringMatching(/^storage: what PostgreSQL had before is in its schema before_\d+ now$/), expect.stringMatching(copied)]);
  await remembered.isBack();
  expect(await query("SELECT table_name FROM information_schema.tables WHERE table_schema LIKE 'before%' ORDER BY 1")).toEqual(["prosody", "prosodyarchive"]);
});

test("its tables are as Prosody makes them itself", async () => {
  const shape = async () => [
    ...(await query("SELECT table_name, column_name, data_type, is_nullable, column_default FROM information_schema.columns WHERE table_schema = 'public' ORDER BY table_name, ordinal_position")),
    ...(await query("SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1")),
  ];
  const ours = await shape();
  await dockerOutput(["stop", stack.container]);
  await query("DROP TABLE public.prosody, public.prosodyarchive");
  await dockerOutput(["start", stack.container]);
  await expect.poll(() => stack.logs(), { timeout: 30_000 }).toMatch(/^waiting for the accounts: the database prosody at postgres has none, and this service had some in PostgreSQL; /m);
  await dockerOutput(["exec", stack.container, "/usr/bin/lua5.4", "-e", 'assert(os.remove("/var/lib/prosody/database"))']); // as it says
  await expect.poll(shape, { timeout: 30_000 }).toEqual(ours);
  expect(ours.length).toBeGreaterThan(15);
});
