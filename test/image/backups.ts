// The backup image beside a service's volumes, as the workload has them, with its programs run by hand.
import { randomBytes } from "node:crypto";
import { backupImageSource } from "../../components/backup/backup.ts";
import { builtImage } from "../setup/built-image.ts";
import { docker, dockerOutput, dockerStreams, type Result } from "./docker.ts";
import { tar, type Files } from "./tar.ts";

const python = "/usr/bin/python3";
const uid = 5222;

export interface Said extends Result {
  /** Its last line. */
  readonly last: string;
}

/** A restored or a living service's volumes, and the repository's. */
export class Backups {
  readonly name: string;
  readonly volumes: Readonly<Record<"config" | "repository" | "data" | "uploads", string>>;

  private constructor(name: string, repository: string) {
    this.name = name;
    this.volumes = { config: `${name}-config`, repository, data: `${name}-data`, uploads: `${name}-uploads` };
  }

  /** Starts a container that waits; `repository` is another one's volume, or options of a tmpfs. */
  static async start({ repository, tmpfs, options = [] }: { readonly repository?: string; readonly tmpfs?: string; readonly options?: readonly string[] } = {}): Promise<Backups> {
    const name = `image-test-${randomBytes(4).toString("hex")}`;
    const one = new Backups(name, repository ?? `${name}-repository`);
    const { config, data, uploads } = one.volumes;
    await dockerOutput([
      "run", "-d", "--name", name, "--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--tmpfs", "/tmp", "--group-add", "5400",
      "-v", `${config}:/config`, "-v", `${data}:/var/lib/prosody`, "-v", `${uploads}:/var/lib/prosody-uploads`,
      ...(tmpfs === undefined ? ["-v", `${one.volumes.repository}:/var/lib/backup`] : ["--tmpfs", `/var/lib/backup:uid=${uid},mode=0700,${tmpfs}`]),
      ...options, await builtImage(backupImageSource(undefined)), python, "-c", "import signal; signal.sigwait({signal.SIGTERM})",
    ]);
    return one;
  }

  /** Files below /config/current, as they are delivered. */
  async configure(files: Files): Promise<void> {
    await this.python('import shutil; shutil.rmtree("/config/current", ignore_errors=True)');
    await this.write("/config", Object.fromEntries(Object.entries(files).map(([path, content]) => [`current/${path}`, content])));
  }

  /** Files of Prosody's user below a directory. */
  async write(directory: string, files: Files): Promise<void> {
    await this.python(`import sys, tarfile; tarfile.open(fileobj=sys.stdin.buffer, mode="r|").extractall(${JSON.stringify(directory)}, filter="fully_trusted")`, tar(files, uid));
  }

  /** One of the image's programs. */
  async run(...words: string[]): Promise<Said & { stdout: string }> {
    const result = await dockerStreams(["exec", "-i", this.name, python, "-m", "stack_backup", ...words]);
    return { ...result, last: result.output.trimEnd().split("\n").at(-1)! };
  }

  /** A program of the test's own. */
  async python(code: string, input: string | Uint8Array = ""): Promise<string> {
    return (await dockerOutput(["exec", "-i", this.name, python, "-c", code], input)).trim();
  }

  /** Every file below the service's volumes, with its hash. */
  async contents(): Promise<string> {
    return this.python(`
from stack_backup import manifest, places
print("\\n".join(f"{k} {v}" for k, v in manifest.hashes([*manifest.data_files(), *manifest.uploaded_files()]).items()))`);
  }

  async remove(): Promise<void> {
    await docker(["rm", "-f", "-v", this.name]);
    await docker(["volume", "rm", "-f", ...Object.values(this.volumes)]);
  }
}

/** Prosody's two tables, with some accounts and messages. */
export const fill = (accounts: number, messages: number) => `
import sqlite3
database = sqlite3.connect("/var/lib/prosody/prosody.sqlite")
database.executescript("""
PRAGMA journal_mode = wal;
CREATE TABLE IF NOT EXISTS prosody (host TEXT, user TEXT, store TEXT, key TEXT, type TEXT, value TEXT);
CREATE TABLE IF NOT EXISTS prosodyarchive (sort_id INTEGER PRIMARY KEY AUTOINCREMENT, host TEXT, user TEXT, store TEXT, key TEXT, "when" INTEGER, "with" TEXT, type TEXT, value TEXT);
""")
with database:
    for number in range(${accounts}):
        database.executemany("INSERT INTO prosody VALUES ('one.test', ?, 'accounts', ?, 'string', 'x')", [(f"user{number}", key) for key in ("salt", "stored_key")])
    database.executemany("INSERT INTO prosodyarchive (host, user, store, key, value) VALUES ('one.test', 'user0', 'archive', ?, 'hello')", [(str(number),) for number in range(${messages})])
`;

/** Brings what a backup has of its own, such as `manifest.json`, into the directory `cut`. */
export const broughtFrom = (id: string) => `
import json, tempfile
from pathlib import Path
from stack_backup import config, places, restore_files
cut = Path(tempfile.mkdtemp())
restore_files.reached(config.read(), "local").restore("${id}", places.CUT, cut)`;

/** backup.json of a service with SQLite; the keys are Python's. */
export const settings = (more: object = {}): string =>
  JSON.stringify({ namespace: "test", database: "sqlite", domains: ["one.test"], schedule: "", drill_schedule: "", keep: 30 * 86_400, metrics_port: 9601, versions: { "prosody-stack": "0" }, canary: { jid: "stack-canary@one.test", host: "127.0.0.1", port: 1, rooms: "", upload: "", front_host: "", front_port: 1 }, ...more });
