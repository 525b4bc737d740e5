// A PostgreSQL that archives its log, and a repository that it does so in: two containers on a network of their own.
import * as pulumi from "@pulumi/pulumi";
import { archiveFiles, certificateFiles, certificateNames, repositoryHostFiles, restoreDatabaseFiles } from "../../components/backup/pgbackrest-files.ts";
import { postgresImageSource } from "../../components/postgres/postgres.ts";
import { serverFiles } from "../../components/postgres/server-files.ts";
import { tuning, tuningFile } from "../../components/postgres/tuning.ts";
import { backupImageSource } from "../../components/backup/backup.ts";
import type { DeliveredFile } from "../../platform/workload.ts";
import { builtImage } from "../setup/built-image.ts";
import { type Authority, authority } from "../setup/certificates.ts";
import { docker, dockerOutput, type Result } from "./docker.ts";
import { settings } from "./backups.ts";
import { Site, postgres, repository } from "./site.ts";
import { tar, type Files } from "./tar.ts";

const surroundings = { host: (workload: string) => workload, peers: [] };
export const passwords = { prosody: "one", monitoring: "two", backup: "three" };

export class ArchiveSite {
  readonly #ca: Authority;
  readonly server: Site;
  readonly repository: Site;
  readonly network: string;
  readonly #volumes: string[] = [];

  private constructor(ca: Authority, server: Site, repository: Site) {
    [this.#ca, this.server, this.repository] = [ca, server, repository];
    this.network = `${server.name}-network`;
  }

  static async create(): Promise<ArchiveSite> {
    const images = [await builtImage(postgresImageSource()), await builtImage(backupImageSource(undefined))] as const;
    const made = new ArchiveSite(await authority(), new Site(images[0], postgres), new Site(images[1], repository));
    await dockerOutput(["network", "create", made.network]);
    return made;
  }

  on(alias: string): string[] {
    return ["--network", this.network, "--network-alias", alias];
  }

  /** Certificate, key and CA of an end. */
  async certificate(names: string[]): Promise<{ certificate: string; key: string; ca: string }> {
    return { ...(await this.#ca.issue(names)), ca: this.#ca.certificate };
  }

  async serverRelease({ queueMax = 2 ** 30, roles = passwords }: { queueMax?: number; roles?: Record<string, string> } = {}): Promise<Files> {
    const tuned = tuningFile(tuning(128 * 2 ** 20, 2 ** 30), { archive: true });
    return contents([...serverFiles(tuned, roles), ...archiveFiles(surroundings, queueMax), ...certificateFiles("postgres", await this.certificate(certificateNames("postgres", surroundings)))]);
  }

  async repositoryRelease(password = "a password of the tests"): Promise<Files> {
    const files = await contents(repositoryHostFiles(surroundings, await this.certificate(certificateNames("backup", surroundings)), password, passwords.backup));
    return { ...files, "backup.json": settings({ database: "postgresql" }), "secrets/password": password };
  }

  async restoreRelease(): Promise<Files> {
    return contents(restoreDatabaseFiles(surroundings, await this.certificate(certificateNames("postgres", surroundings))));
  }

  async startServer(): Promise<void> {
    await this.server.start(true, ...this.on("postgres"));
  }

  async startRepository(): Promise<void> {
    await this.repository.start(false, ...this.on("backup"));
  }

  /** What the superuser gets for this, trimmed. @throws where that fails */
  async sql(text: string, database = "prosody", server = this.server): Promise<string> {
    const { exitCode, output } = await server.exec("/usr/lib/postgresql/17/bin/psql", "-XAt", "-v", "ON_ERROR_STOP=1", "-h", "/run/postgresql", "-U", "postgres", "-d", database, "-c", text);
    if (exitCode !== 0) throw new Error(output);
    return output.trim();
  }

  /** Runs pgBackRest where the repository is. */
  pgbackrest(...command: string[]): Promise<Result> {
    return this.repository.exec("/usr/bin/pgbackrest", "--config-include-path=/config/current/pgbackrest", "--stanza=prosody", ...command);
  }

  /** A function of stack_backup.postgresql, as Python writes the call; its answer, or the one line of its error. */
  async python(call: string): Promise<{ exitCode: number; answer: unknown; said: string }> {
    const code = `import json, sys\nfrom stack_backup import postgresql\nfrom stack_backup.errors import BackupError\ntry: print(json.dumps(postgresql.${call}))\nexcept BackupError as error: sys.exit(str(error))`;
    const { exitCode, output } = await this.repository.exec("/usr/bin/python3", "-c", code);
    return { exitCode, answer: exitCode === 0 ? JSON.parse(output) : undefined, said: output.trim() };
  }

  /** Runs the job that restores, on another volume than the server's, which is returned with its last line and everything before. */
  async restore(order: object, data = `${this.server.name}-restored`): Promise<Result & { last: string }> {
    const files = { ...(await this.restoreRelease()), "restore.json": JSON.stringify(order) };
    const config = `${data}-config`;
    const options = ["--label", this.server.name, "-v", `${data}:/var/lib/postgresql`, "--tmpfs", "/run/postgresql:uid=5432,gid=5432,mode=0700", ...this.on("job")];
    await docker(["volume", "rm", config]);
    const container = (await dockerOutput(["create", "--read-only", "--cap-drop", "ALL", "--tmpfs", "/tmp", "-v", `${config}:/config`, ...options, this.server.image, "/usr/bin/lua5.4", "/usr/lib/stack/restore.lua"])).trim();
    await dockerOutput(["cp", "-", `${container}:/config`], tar(Object.fromEntries(Object.entries(files).map(([path, content]) => [`current/${path}`, content])), 5432));
    const result = await docker(["start", "--attach", container]);
    await docker(["rm", "-f", "-v", container]);
    this.#volumes.push(data, config);
    return { ...result, last: result.output.trimEnd().split("\n").at(-1) ?? "" };
  }

  /** What pgBackRest says to a client with this certificate that asks an end for a file. */
  async refused(end: Site, { certificate, key, ca }: { certificate: string; key: string; ca: string }): Promise<Result> {
    const name = end === this.server ? "postgres" : "backup";
    const files = Object.entries({ "c.crt": certificate, "c.key": key, "ca.crt": ca }).map(([path, text]) => `write("${path}", [[${text}]])`);
    const [prefix, command] = name === "postgres" ? ["pg1", "stanza-create"] : ["repo1", "repo-ls"];
    const options = ["host-type=tls", `host=${name}`, "host-port=8432", "host-cert-file=/tmp/c.crt", "host-key-file=/tmp/c.key", "host-ca-file=/tmp/ca.crt"].map((option) => `--${prefix}-${option}`);
    const more = prefix === "pg1" ? ["--pg1-path=/var/lib/postgresql/17", "--repo1-path=/tmp/repository"] : [];
    const code = `local function write(name, text) local f = io.open("/tmp/" .. name, "w") f:write(text) f:close() require "posix.sys.stat".chmod("/tmp/" .. name, 384) end
      ${files.join("\n")}
      require "posix.unistd".execp("/usr/bin/pgbackrest", { [0] = "pgbackrest", ${[...options, ...more, "--stanza=prosody", "--log-level-file=off", "--io-timeout=5", command].map((word) => `"${word}"`).join(", ")} })`;
    return docker(["run", "--rm", "-i", "--network", this.network, "--label", this.server.name, this.server.image, "/usr/bin/lua5.4", "-"], code);
  }

  /** Switches to the next segment of the log, and returns the name of the one before. */
  async switchLog(): Promise<string> {
    return this.sql("SELECT pg_walfile_name(pg_switch_wal())");
  }

  async archived(segment: string): Promise<boolean> {
    return (await this.pgbackrest("repo-ls", "archive/prosody", "--recurse")).output.includes(segment);
  }

  async remove(): Promise<void> {
    await this.server.remove();
    await this.repository.remove();
    await docker(["volume", "rm", "-f", ...this.#volumes]);
    await docker(["network", "rm", this.network]);
  }
}

export async function contents(files: readonly DeliveredFile[]): Promise<Files> {
  const known = await Promise.all(files.map(async ({ path, content }) => [path, await settled(content)] as const));
  return Object.fromEntries(known);
}

function settled(value: pulumi.Input<string>): Promise<string> {
  return new Promise((resolve) => void pulumi.output(value).apply(resolve));
}
