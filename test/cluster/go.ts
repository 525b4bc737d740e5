// Go, which the cluster is built with: the one that is there, or Debian's where that is new enough.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { installPackages } from "../../ops/docker-engine.ts";
import { OperatorError } from "../../ops/errors.ts";
import { run } from "../../ops/run.ts";
import { modules } from "./cache-key.ts";

/** Makes sure that there is a Go that can build all modules. @throws OperatorError that says what to do where there is none */
export async function ensureGo(): Promise<void> {
  const needed = neededGo(readdirSync(modules).map((name) => readFileSync(join(modules, name, "go.mod"), "utf8")));
  const there = await installedGo();
  if (there !== undefined && !isOlder(there, needed)) return;
  if (there === undefined && !isOlder(await debianGo(), needed)) return installPackages("go", ["golang-go"]);
  throw new OperatorError(
    `go: found ${there ?? "none"}, expected ${needed} or newer, which the tests' cluster is built with; install it (https://go.dev/doc/install), or take a cluster that is there (npm run cluster -- up --existing)`,
  );
}

/** The newest version that one of these go.mod files asks for. */
export function neededGo(texts: readonly string[]): string {
  const versions = texts.map((text) => /^go (\S+)$/m.exec(text)?.[1] ?? "1.0");
  return versions.reduce((newest, version) => (isOlder(newest, version) ? version : newest));
}

/** Whether one version of Go comes before another. */
export function isOlder(one: string, other: string): boolean {
  return one.localeCompare(other, "en", { numeric: true }) < 0;
}

async function installedGo(): Promise<string | undefined> {
  const { exitCode, stdout } = await run("go", ["env", "GOVERSION"], { env: { ...process.env, GOTOOLCHAIN: "local" } });
  return exitCode === 0 ? stdout.trim().replace(/^go/, "") : undefined;
}

/** The version in Debian's package `2:1.24~2`; 0 where there is none. */
async function debianGo(): Promise<string> {
  await run("apt-get", ["update", "-q"]);
  const { stdout } = await run("apt-cache", ["policy", "golang-go"]);
  return /Candidate: (?:\d+:)?([\d.]+)/.exec(stdout)?.[1] ?? "0";
}
