// npm test: sets up what the tests need, runs everything, and ends with `N passed, N failed`.
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { execa } from "execa";
import { ensureDockerEngine, installPackages } from "../ops/docker-engine.ts";
import { say } from "../ops/run.ts";
import { backupImageSource } from "../components/backup/backup.ts";
import { coturnImageSource } from "../components/coturn/coturn.ts";
import { nginxImageSource } from "../components/nginx/nginx.ts";
import { postgresImageSource } from "../components/postgres/postgres.ts";
import { probesImageSource } from "../components/probes/probes.ts";
import { redisImageSource } from "../components/redis/redis.ts";
import { builtImage } from "./setup/built-image.ts";
import { ensureBrowser } from "./setup/browser.ts";
import { ensurePython } from "./setup/python.ts";
import { ensureS3Program } from "./setup/s3-server.ts";
import { prosodyImage } from "./setup/prosody-image.ts";

interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numFailedTestSuites: number;
  readonly numPendingTests: number;
}

const counts = { passed: 0, failed: 0, skipped: 0 };

const { values: options, positionals: named } = parseArgs({ allowPositionals: true, options: { cluster: { type: "boolean", default: false } } });
await setUp();
const bin = "node_modules/.bin";
await check("types", `${bin}/tsc`, ["--noEmit"]);
await check("lint", `${bin}/eslint`, ["."]);
await check("luacheck", "luacheck", ["--quiet", "config-templates", "components", "test"]);
await suites(named.length > 0 ? named : ["unit", "components", "config", "image", "e2e", "engine"]);
if (options.cluster) await onCluster();

if (counts.skipped > 0) say(`${counts.skipped} skipped: the suite for Pulumi's engine, which is not here`);
if (!options.cluster && named.length === 0) say("left out: the tests on a Kubernetes cluster (npm test -- --cluster)");
say(`${counts.passed} passed, ${counts.failed} failed`);
process.exitCode = counts.failed > 0 || counts.passed === 0 ? 1 : 0;

async function setUp(): Promise<void> {
  await installPackages("luacheck", ["lua-check"]);
  await installPackages("sslscan", ["sslscan"]);
  await installPackages("openssl", ["openssl"]);
  await ensureDockerEngine();
  await ensureBrowser();
  await prosodyImage();
  for (const source of [nginxImageSource(), postgresImageSource(), coturnImageSource(), redisImageSource(), probesImageSource(), backupImageSource(undefined)]) await builtImage(source);
  await ensureS3Program();
  process.env.TEST_PYTHON = await ensurePython();
}

/** The tests on a cluster, which is afterwards what it was: up, or down with nothing left of it running. */
async function onCluster(): Promise<void> {
  say("== cluster");
  const cluster = (command: string) => execa("node", ["test/cluster/main.ts", command], { reject: false, stdin: "ignore", stdout: "inherit", stderr: "inherit" });
  const wasUp = (await cluster("status")).exitCode === 0;
  if ((await cluster("up")).exitCode !== 0) {
    counts.failed += 1;
    return;
  }
  await suites(["kubernetes"]);
  if (!wasUp && (await cluster("down")).exitCode !== 0) counts.failed += 1;
}

async function check(name: string, program: string, args: readonly string[]): Promise<void> {
  say(`== ${name}`);
  const { exitCode } = await execa(program, args, { reject: false, stdin: "ignore", stdout: "inherit", stderr: "inherit" });
  counts[exitCode === 0 ? "passed" : "failed"] += 1;
}

/** The vitest projects that are named. A file that could not even be loaded counts as a failure. */
async function suites(names: readonly string[]): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "prosody-stack-tests-"));
  const file = join(directory, "report.json");
  const selected = names.flatMap((name) => ["--project", name]);
  say("== tests");
  const { exitCode } = await execa(`${bin}/vitest`, ["run", "--reporter=verbose", "--reporter=json", `--outputFile.json=${file}`, ...selected], {
    reject: false,
    stdin: "ignore",
    stdout: "inherit",
    stderr: "inherit",
    env: { NO_COLOR: "1" },
  });
  const report = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Report) : undefined;
  rmSync(directory, { recursive: true });
  if (!report) {
    counts.failed += 1; // it ended before it could write one
    return;
  }
  counts.passed += report.numPassedTests;
  counts.skipped += report.numPendingTests;
  counts.failed += report.numFailedTests;
  // An unhandled rejection or a broken file leaves no failed test behind, and is a failure all the same.
  if (exitCode !== 0 && report.numFailedTests === 0) counts.failed += 1;
}
