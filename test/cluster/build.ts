// Builds what the cluster is made of, from the Go module proxy alone. Nothing is built twice: beside each program lies a hash
// of what it was built from.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { execa } from "execa";
import { installPackages } from "../../ops/docker-engine.ts";
import { OperatorError } from "../../ops/errors.ts";
import { run, say } from "../../ops/run.ts";
import { programs, versions } from "./facts.ts";

export interface Program {
  readonly name: string;
  /** Directory below modules/, with the go.mod and go.sum that pin everything. */
  readonly module: string;
  /** Package of the main function; "." for one of our own. */
  readonly package: string;
  readonly flags?: string;
}

const [major, minor] = versions.kubernetes.slice(1).split(".");
const stamp = `-X k8s.io/component-base/version.gitVersion=${versions.kubernetes} -X k8s.io/component-base/version.gitMajor=${major} -X k8s.io/component-base/version.gitMinor=${minor} -X k8s.io/component-base/version.gitTreeState=clean`;
const ofKubernetes = (name: string): Program => ({ name, module: "kubernetes", package: `k8s.io/kubernetes/cmd/${name}`, flags: stamp });

const all: readonly Program[] = [
  ...["kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet", "kube-proxy", "kubectl", "kubeadm"].map(ofKubernetes),
  { name: "etcd", module: "etcd", package: "go.etcd.io/etcd/server/v3" },
  { name: "coredns", module: "coredns", package: "github.com/coredns/coredns" },
  { name: "local-path-provisioner", module: "local-path-provisioner", package: "github.com/rancher/local-path-provisioner" },
  { name: "pause", module: "pause", package: "." },
  { name: "pod-sandboxes", module: "pod-sandboxes", package: "." },
];

const environment = { CGO_ENABLED: "0", GOTOOLCHAIN: "local", GOFLAGS: "-buildvcs=false -mod=readonly" };

/** Builds what is missing or was built from something else. @throws OperatorError with what the compiler said */
export async function ensurePrograms(): Promise<void> {
  const missing = all.filter((program) => !isBuilt(program));
  if (missing.length === 0) return;
  await ensureGo();
  mkdirSync(programs, { recursive: true });
  say(`cluster: building ${missing.length} programs, about 10 minutes the first time`);
  for (const program of missing) await build(program);
}

/** Directory of the sources of a module that one of ours requires, for the manifests that lie in it. */
export async function sourcesOf(module: string, path: string): Promise<string> {
  const { stdout } = await run("go", ["list", "-m", "-f", "{{.Dir}}", path], { cwd: directoryOf(module), env: { ...process.env, ...environment } });
  return stdout.trim();
}

async function build(program: Program): Promise<void> {
  const started = performance.now();
  const output = join(programs, program.name);
  const { exitCode, stderr } = await execa("go", ["build", "-trimpath", "-ldflags", `-s -w ${program.flags ?? ""}`, "-o", output, program.package], {
    cwd: directoryOf(program.module),
    env: environment,
    reject: false,
  });
  if (exitCode !== 0) throw new OperatorError(`${program.name}: cannot be built: ${stderr.trim().split("\n").slice(-5).join("\n")}`);
  writeFileSync(`${output}.key`, keyOf(program));
  say(`cluster: built ${program.name} in ${Math.round((performance.now() - started) / 1000)} s`);
}

function isBuilt(program: Program): boolean {
  const key = join(programs, `${program.name}.key`);
  return existsSync(key) && readFileSync(key, "utf8") === keyOf(program);
}

/** A hash of everything that a program is built from. */
export function keyOf(program: Program): string {
  const hash = createHash("sha256").update(JSON.stringify([program, environment]));
  for (const file of readdirSync(directoryOf(program.module)).toSorted()) hash.update(`\0${file}\0`).update(readFileSync(join(directoryOf(program.module), file)));
  return hash.digest("hex");
}

function directoryOf(module: string): string {
  return resolve(import.meta.dirname, "modules", module);
}

/** @throws OperatorError where there is no Go that is new enough */
async function ensureGo(): Promise<void> {
  await installPackages("go", ["golang-go"]);
  const { stdout } = await run("go", ["env", "GOVERSION"]);
  const [, found] = /^go1\.(\d+)/.exec(stdout) ?? [];
  if (Number(found) >= 26) return;
  throw new OperatorError(`go: found ${stdout.trim() || "none"}, expected Go 1.26 or newer, of which the cluster is built; install it (https://go.dev/doc/install), or give a cluster that is there: npm run cluster -- up --existing`);
}
