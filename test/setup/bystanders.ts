// Stacks that a person has running while the tests run: what can be told of them from outside must be the same afterwards.
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../../ops/run.ts";

export interface Snapshot {
  /** Id, start time and number of restarts of each running container, by name. */
  readonly containers: Readonly<Record<string, string>>;
  /** A hash of each file that is delivered, by path. */
  readonly release: Readonly<Record<string, string>>;
  /** Names of the files with data. */
  readonly data: readonly string[];
  /** A hash of all accounts, rosters, rooms, …, and how many messages are archived. */
  readonly accounts: string;
  readonly archived: number;
}

/** Prosody's own notes of what it did when, which change while nobody does anything. */
const housekeeping = ["cron", "account_activity", "lastlog", "lastlog2"];

/** The running stack of that namespace. */
export async function snapshot(namespace: string): Promise<Snapshot> {
  const directory = mkdtempSync(join(tmpdir(), "bystander-"));
  try {
    const container = `${namespace}-prosody`;
    await docker("cp", `${container}:/config/.`, join(directory, "config"));
    await docker("cp", `${container}:/var/lib/prosody/.`, join(directory, "data"));
    const files = filesBelow(join(directory, "config")).filter((path) => path.startsWith("releases/"));
    return {
      containers: await identities(namespace),
      release: Object.fromEntries(files.map((path) => [path, sha256(readFileSync(join(directory, "config", path)))])),
      data: filesBelow(join(directory, "data")),
      ...databaseOf(join(directory, "data/prosody.sqlite")),
    };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** Namespaces of the stacks that run, without those of the tests. */
export async function bystanders(): Promise<string[]> {
  const names = (await docker("ps", "--format", "{{.Names}}", "--filter", "name=^xmpp-.*-prosody$")).split("\n").filter(Boolean);
  return names.map((name) => name.replace(/-prosody$/, "")).filter((namespace) => namespace === "xmpp-dev" || namespace === "xmpp-prod");
}

async function identities(namespace: string): Promise<Record<string, string>> {
  const names = (await docker("ps", "--format", "{{.Names}}", "--filter", `name=^${namespace}-`)).split("\n").filter(Boolean);
  const lines = await Promise.all(names.map(async (name) => [name, await docker("inspect", "--format", "{{.Id}} {{.State.StartedAt}} {{.RestartCount}}", name)] as const));
  return Object.fromEntries(lines.toSorted());
}

function databaseOf(path: string): Pick<Snapshot, "accounts" | "archived"> {
  if (!existsSync(path)) return { accounts: "none", archived: 0 };
  const database = new DatabaseSync(path);
  const marks = housekeeping.map(() => "?").join(", ");
  const rows = database.prepare(`SELECT host, user, store, key, type, value FROM prosody WHERE store NOT IN (${marks}) ORDER BY 1, 2, 3, 4, 5, 6`).all(...housekeeping);
  const archived = database.prepare("SELECT count(*) AS messages FROM prosodyarchive").get();
  database.close();
  return { accounts: sha256(JSON.stringify(rows)), archived: Number(archived?.messages) };
}

async function docker(...args: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await run("docker", args);
  if (exitCode !== 0) throw new Error(`docker ${args.join(" ")}: ${stderr}`);
  return stdout.trim();
}

function filesBelow(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1))
    .toSorted();
}

function sha256(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}
