// The machine that the figures were measured on.
import { readFileSync } from "node:fs";
import { availableParallelism, cpus, release, totalmem } from "node:os";
import { run } from "../../ops/run.ts";

export async function machine(): Promise<Record<string, string>> {
  const docker = (format: string) => text("docker", "info", "--format", format);
  return {
    processor: `${availableParallelism()} × ${cpus()[0]?.model.trim() ?? "unknown"}`,
    memory: `${(totalmem() / 2 ** 30).toFixed(1)} GiB`,
    system: `${/^PRETTY_NAME="(.*)"$/m.exec(readFileSync("/etc/os-release", "utf8"))?.[1] ?? "unknown"}, Linux ${release()}`,
    docker: await docker("{{.ServerVersion}}, {{.Driver}}, cgroup v{{.CgroupVersion}}"),
    compose: (await compose()).version,
    node: process.version,
    commit: `${await text("git", "rev-parse", "--short", "HEAD")}${(await text("git", "status", "--porcelain")) === "" ? "" : " with changes that are not committed"}`,
  };
}

/** The Compose that the stack uses too: Docker's plugin where it is there, else docker-compose. */
export async function compose(): Promise<{ readonly command: readonly [string, ...string[]]; readonly version: string }> {
  const { exitCode, stdout } = await run("docker", ["compose", "version", "--short"]);
  if (exitCode === 0) return { command: ["docker", "compose"], version: `docker compose ${stdout.trim()}` };
  return { command: ["docker-compose"], version: `docker-compose ${await text("docker-compose", "version", "--short")}` };
}

async function text(program: string, ...args: string[]): Promise<string> {
  return (await run(program, args)).stdout.trim();
}
