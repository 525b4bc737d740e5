// A registry on this machine: Debian's docker-registry, on the cluster's own loopback address. Docker's engine and the cluster's
// containerd both talk plain HTTP to loopback addresses, without being told to.
import { spawn } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { installPackages } from "../../ops/docker-engine.ts";
import { run } from "../../ops/run.ts";
import { loopback } from "../cluster/addresses.ts";
import { ctr } from "../cluster/containerd.ts";
import { eventually } from "../image/docker.ts";

export class ImageRegistry {
  readonly host: string;
  private readonly directory = mkdtempSync(join(tmpdir(), "registry-"));
  private process: ReturnType<typeof spawn> | undefined;

  constructor(port: number) {
    this.host = `${loopback}:${port}`;
  }

  async start(): Promise<void> {
    await installPackages("docker-registry", ["docker-registry"]);
    await this.forget();
    const configuration = { version: "0.1", storage: { filesystem: { rootdirectory: join(this.directory, "data") } }, http: { addr: this.host } };
    const file = join(this.directory, "config.yml");
    writeFileSync(file, JSON.stringify(configuration)); // JSON is YAML
    const log = openSync(this.log, "a");
    this.process = spawn("docker-registry", ["serve", file], { stdio: ["ignore", log, log] });
    closeSync(log);
    await eventually("the registry answers", async () => (await fetch(`http://${this.host}/v2/`).catch(() => undefined))?.ok === true);
  }

  async stop(): Promise<void> {
    if (this.process?.exitCode === null && this.process.kill()) await once(this.process, "exit");
    await this.forget();
    rmSync(this.directory, { recursive: true });
  }

  /** Requests so far, by a word that stands in their lines. */
  requests(word: string): string[] {
    return readFileSync(this.log, "utf8").split("\n").filter((line) => /"[A-Z]+ \/v2\//.test(line) && line.includes(word));
  }

  /** The digest by which it knows a tag; undefined where it does not have that. */
  async digest(repository: string, tag: string): Promise<string | undefined> {
    const headers = { accept: "application/vnd.docker.distribution.manifest.v2+json" };
    const response = await fetch(`http://${this.host}/v2/${repository}/manifests/${tag}`, { method: "HEAD", headers });
    return response.ok ? (response.headers.get("docker-content-digest") ?? undefined) : undefined;
  }

  private get log(): string {
    return join(this.directory, "log");
  }

  /** What Docker and containerd have from it, or from one on that port before. */
  private async forget(): Promise<void> {
    const docker = (await run("docker", ["image", "ls", "--format", "{{.Repository}}:{{.Tag}}", "--filter", `reference=${this.host}/*/*`])).stdout;
    for (const name of docker.split("\n").filter((line) => line.startsWith(this.host) && !line.endsWith("<none>"))) await run("docker", ["image", "rm", name]);
    const containerd = (await run("ctr", [...ctr, "images", "list", "--quiet"])).stdout;
    for (const name of containerd.split("\n").filter((line) => line.startsWith(`${this.host}/`))) await run("ctr", [...ctr, "images", "rm", name]);
  }
}
