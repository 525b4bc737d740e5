// The Pulumi CLI: the one on the PATH, else the one that npm's `pulumi` package downloads; and the providers it needs.
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { answers, run, say } from "./run.ts";

/** Goes with the SDK in package.json. */
const npmVersion = "3.265.0";

/** How to call the Pulumi CLI; undefined where it can be had neither way. */
export async function findPulumi(): Promise<string | undefined> {
  if (await answers("pulumi", "version")) return "pulumi";
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "prosody-stack/pulumi");
  const program = join(cache, "node_modules/.bin/pulumi");
  if (!existsSync(program)) {
    const { exitCode } = await run("npm", ["install", "--no-save", "--no-audit", "--no-fund", "--loglevel=error", "--prefix", cache, `pulumi@${npmVersion}`]);
    if (exitCode !== 0) return undefined;
  }
  return (await answers(program, "version")) ? program : undefined;
}


/** Installs the providers that are missing, of which one has the platform's name. Returns the first that cannot be had, as a name and a version. */
export async function missingProvider(program: string, platform: string, { quiet = false } = {}): Promise<string | undefined> {
  const { exitCode, stdout } = await run(program, ["plugin", "ls", "--json"]);
  const installed = exitCode === 0 ? (JSON.parse(stdout) as { name: string; version: string }[]) : [];
  for (const name of [platform, "random", "tls"]) {
    const { version } = JSON.parse(readFileSync(`node_modules/@pulumi/${name}/package.json`, "utf8")) as { version: string };
    if (installed.some((plugin) => plugin.name === name && plugin.version === version)) continue;
    if (!quiet) say(`pulumi: installing its provider ${name} ${version}`);
    if (!(await answers(program, "plugin", "install", "resource", name, version))) return `${name} ${version}`;
  }
  return undefined;
}
