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
import { logsImageSource } from "../components/logs/log-collector.ts";
import { monitoringImageSource, nodeImageSource } from "../components/monitoring/monitoring.ts";
import { nginxImageSource } from "../components/nginx/nginx.ts";
import { postgresImageSource } from "../components/postgres/postgres.ts";
import { probesImageSource } from "../components/probes/probes.ts";
import { redisImageSource } from "../components/redis/redis.ts";
import { isClusterBuilt } from "./cluster/build.ts";
import { ensureGo } from "./cluster/go.ts";
import { ensurePackages } from "./cluster/machine.ts";
import { prosodyImage as imageWithModules } from "./image/image.ts";
import { builtImage } from "./setup/built-image.ts";
import { ensureBrowser } from "./setup/browser.ts";
import { ensurePython } from "./setup/python.ts";
import { ensureS3Program, isS3ProgramBuilt } from "./setup/s3-server.ts";
import { prosodyImage } from "./setup/prosody-image.ts";

interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numFailedTestSuites: number;
  readonly numPendingTests: number;
}

const counts = { passed: 0, failed: 0, skipped: 0 };

const { values: options, positionals: named } = parseArgs({ allowPositionals: true, options: { cluster: { type: "boolean", default: false } } });
const bin = "node_modules/.bin";
await installWhatIsMissing();
// Compilers and package archives are busy for minutes; meanwhile there is enough that needs nothing of theirs.
const prepared = meanwhile(prepare());
const clusterBuilt = options.cluster ? meanwhile(cluster("build")) : undefined;
await check("types", `${bin}/tsc`, ["--noEmit"]);
await check("lint", `${bin}/eslint`, ["."]);
await check("luacheck", "luacheck", ["--quiet", "config-templates", "components", "test"]);
if (named.length === 0) await suites(["unit", "components"]);
await prepared;
await suites(named.length > 0 ? named : ["config", "image", "e2e", "timed", "engine"]);
if (clusterBuilt) await onCluster(clusterBuilt);

if (counts.skipped > 0) say(`${counts.skipped} skipped: the suite for Pulumi's engine, which is not here`);
if (!options.cluster && named.length === 0) say("left out: the tests on a Kubernetes cluster (npm test -- --cluster)");
say(`${counts.passed} passed, ${counts.failed} failed`);
process.exitCode = counts.failed > 0 || counts.passed === 0 ? 1 : 0;

/** One package after the other, for apt does one thing at a time; and the image that the first tests ask. */
async function installWhatIsMissing(): Promise<void> {
  await installPackages("luacheck", ["lua-check"]);
  await installPackages("sslscan", ["sslscan"]);
  await installPackages("openssl", ["openssl"]);
  await ensureDockerEngine();
  await ensureBrowser();
  process.env.TEST_PYTHON = await ensurePython();
  if (options.cluster) await ensurePackages();
  if (!isS3ProgramBuilt() || (options.cluster && !isClusterBuilt())) await ensureGo();
  await prosodyImage();
}

/** What the tests of images and stacks need. */
async function prepare(): Promise<void> {
  for (const source of [nginxImageSource(), postgresImageSource(), coturnImageSource(), redisImageSource(), backupImageSource(undefined), monitoringImageSource(), nodeImageSource(), probesImageSource(), logsImageSource()]) await builtImage(source);
  await imageWithModules();
  await ensureS3Program();
}

/** Work whose failure is told where it is waited for. */
function meanwhile<T>(work: Promise<T>): Promise<T> {
  work.catch(() => undefined);
  return work;
}

/** A command of `npm run cluster`; what it ends with. */
async function cluster(command: string): Promise<number | undefined> {
  const { exitCode } = await execa("node", ["test/cluster/main.ts", command], { reject: false, stdin: "ignore", stdout: "inherit", stderr: "inherit" });
  return exitCode;
}

/** The tests on a cluster, which is afterwards what it was: up, or down with nothing left of it running. */
async function onCluster(built: Promise<number | undefined>): Promise<void> {
  say("== cluster");
  const wasUp = (await cluster("status")) === 0;
  if ((await built) !== 0 || (await cluster("up")) !== 0) {
    counts.failed += 1;
    return;
  }
  await suites(["kubernetes"]);
  if (!wasUp && (await cluster("down")) !== 0) counts.failed += 1;
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
