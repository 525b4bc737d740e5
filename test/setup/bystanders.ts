// Stacks that somebody uses while the tests run: what the tests could do to them, and their users do not, must not happen.
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../../ops/run.ts";
import { filesBelow } from "./files.ts";

/** What stays the same of a stack that is in use. */
export interface Snapshot {
  /** Id, start time and number of restarts of each container, by name. */
  readonly containers: Readonly<Record<string, string>>;
  readonly volumes: readonly string[];
  /** Paths of the releases and the data, without files that come and go with messages and uploads. */
  readonly files: readonly string[];
}

/** What stays the same of a stack that nobody uses. */
export interface Contents {
  /** A hash of each file that is delivered, by path. */
  readonly release: Readonly<Record<string, string>>;
  /** All accounts, rosters, rooms, …, a line each, and how many messages are archived. */
  readonly database: readonly string[];
}

const ofTests = /^xmpp-(e2e|bench|eng)/;

/** Namespaces of the stacks that run, whichever engine brought them up, without those of the tests and benches. */
export async function bystanders(): Promise<string[]> {
  const names = await lines("ps", "--format", "{{.Names}}", "--filter", "status=running", "--filter", "label=prosody-stack.restart-on");
  return names.filter((name) => name.endsWith("-prosody")).map((name) => name.replace(/-prosody$/, "")).filter((namespace) => !ofTests.test(namespace)).toSorted();
}

export async function snapshot(namespace: string): Promise<Snapshot> {
  const own = (names: readonly string[]) => names.filter((name) => name.startsWith(`${namespace}-`) && (ofTests.test(namespace) || !ofTests.test(name))).toSorted();
  const containers = own(await lines("ps", "--all", "--format", "{{.Names}}"));
  const identities = containers.map(async (name) => [name, (await lines("inspect", "--format", "{{.Id}} {{.State.StartedAt}} {{.RestartCount}}", name)).join()] as const);
  return {
    containers: Object.fromEntries(await Promise.all(identities)),
    volumes: own(await lines("volume", "ls", "--format", "{{.Name}}")),
    files: (await lua(namespace, listing)).toSorted(),
  };
}

export async function contents(namespace: string): Promise<Contents> {
  const directory = mkdtempSync(join(tmpdir(), "bystander-"));
  try {
    await lines("cp", `${namespace}-prosody:/config/releases`, directory);
    const hashed = filesBelow(directory).map((path) => [path, createHash("sha256").update(readFileSync(join(directory, path))).digest("hex")]);
    return { release: Object.fromEntries(hashed) as Contents["release"], database: await lua(namespace, database) };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

const listing = `
  local lfs = require "lfs"
  local function list(directory)
    for name in lfs.dir(directory) do
      local path = directory .. "/" .. name
      local mode = lfs.symlinkattributes(path, "mode")
      if mode == "directory" and name ~= "." and name ~= ".." and name ~= "http_file_share" then list(path) end
      if mode == "file" and not name:match("%.sqlite%-") then print(path) end
    end
  end
  list("/config/releases")
  list("/var/lib/prosody")`;

// Asked of the database, not read from its file, which may be in the middle of a change. Without Prosody's own notes of
// what it did when, which change while nobody does anything.
const database = `
  local connection = assert(require "DBI".Connect("SQLite3", "/var/lib/prosody/prosody.sqlite"))
  local function show(query)
    local statement = assert(connection:prepare(query))
    assert(statement:execute())
    for row in statement:rows() do print((table.concat(row, " "):gsub("%c", " "))) end
  end
  show [[SELECT host, user, store, key, type, value FROM prosody
    WHERE store NOT IN ('cron', 'account_activity', 'lastlog', 'lastlog2') ORDER BY 1, 2, 3, 4, 5, 6]]
  show "SELECT count(*) FROM prosodyarchive"`;

/** The lines that a program prints in the long-running container. */
function lua(namespace: string, program: string): Promise<string[]> {
  return lines("exec", `${namespace}-prosody`, "/usr/bin/lua5.4", "-e", program);
}

async function lines(...args: string[]): Promise<string[]> {
  const { exitCode, stdout, stderr } = await run("docker", args);
  if (exitCode !== 0) throw new Error(`docker ${args.join(" ")}: ${stderr}`);
  return stdout.split("\n").filter(Boolean);
}
