// The Pulumi CLI: the one on the PATH, else the one that npm's `pulumi` package downloads.
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { answers, run } from "./run.ts";

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
