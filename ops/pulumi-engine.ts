// The stack through Pulumi, with a file backend below the stack's state directory unless the operator has a backend.
import { randomBytes } from "node:crypto";
import { existsSync, linkSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import * as yaml from "js-yaml";
import { readYaml } from "../render/project.ts";
import { writePrivate } from "../render/store.ts";
import type { Engine } from "./engine.ts";
import { OperatorError } from "./errors.ts";
import { ensureBaseImage } from "./image-builds.ts";
import { withLock } from "./lock.ts";
import { unprotectLeftOut } from "./pulumi-left-out.ts";
import { releaseLocks, settlePending } from "./pulumi-repair.ts";
import { PulumiState, type Resource } from "./pulumi-state.ts";
import { run, show } from "./run.ts";
import { type Stack, settingsOfStack } from "./stack.ts";
import { generationsOf, refuseLeft, removeVolumes } from "./volumes.ts";

/** The engine over the Pulumi CLI that `program` names. */
export function pulumiEngine(stack: Stack, program: string): Engine {
  const env = environment(stack);
  const withStack = ["--stack", stack.name, "--non-interactive"];
  const state = new PulumiState(program, withStack, env);

  const ensureStack = async () => {
    // In a directory of its own: `stack init` writes its salt beside the project it finds.
    if (!(await state.export())) await state.command("stack", "init", "--secrets-provider", "passphrase", "--cwd", projectDirectory(stack));
  };
  /** An operator's own backend is not ours to unlock: others may be at work on it. */
  const unlock = async () => {
    if (!process.env.PULUMI_BACKEND_URL) await releaseLocks(backendDirectory(stack), stack.name, state);
  };
  const destroy = async (...options: string[]) => {
    const status = await show(program, ["destroy", ...withStack, "--config-file", configuration(stack), "--yes", "--skip-preview", ...options], env);
    if (status !== 0) throw new OperatorError("pulumi could not take the stack down; see above");
  };

  return {
    name: "pulumi",
    async prepare() {
      await unlock();
      await ensureStack();
    },
    async up(settle) {
      if (settingsOfStack(stack).platform === "docker") await ensureBaseImage(); // the provider builds, and knows no way to make it
      await settlePending(state);
      await unprotectLeftOut(state, stack);
      // A delivery that was refused is done for Pulumi, whatever its exit code: ask for it again.
      const refused = (await state.resources()).filter(({ outputs }) => outputs?.mustRun === false && outputs.exitCode !== 0);
      const again = refused.flatMap(({ urn }) => ["--replace", urn]);
      const status = await show(program, ["up", ...withStack, "--config-file", configuration(stack), "--yes", "--skip-preview", "--suppress-outputs", ...again], env);
      if (status !== 0) throw new OperatorError("pulumi could not bring the stack up; see above");
      await settle();
    },
    async down({ data }) {
      await unlock();
      await settlePending(state);
      const all = await state.resources();
      // Only these go: what else there is, is data, or what gives access to it.
      const targets = all.filter(runs).flatMap(({ urn }) => ["--target", urn]);
      if (targets.length > 0) await destroy(...targets);
      if (!data || all.length === 0) return;
      const volumes = all.filter(({ type }) => type === "docker:index/volume:Volume");
      const names = (some: readonly Resource[]) => some.flatMap(({ outputs }) => outputs?.name ?? []);
      // Before the state forgets them: retained on deletion, they go only by being asked for.
      refuseLeft(await removeVolumes(await generationsOf(names(volumes.filter(({ retainOnDelete }) => retainOnDelete)))));
      await state.command("state", "unprotect", "--all", "--yes");
      await destroy();
      refuseLeft(await removeVolumes(names(volumes)));
      await removeNamespaceIn(all);
    },
    async preview() {
      if (!(await state.export())) await withLock(stack, ensureStack);
      if ((await show(program, ["preview", ...withStack, "--config-file", configuration(stack), "--diff"], env)) !== 0) throw new OperatorError("pulumi preview failed; see above");
    },
    async outputs() {
      const read = async (...args: string[]) => {
        const { exitCode, stdout, stderr } = await run(program, ["stack", "output", "--json", ...args, ...withStack], { env });
        if (exitCode !== 0) throw new OperatorError(`pulumi stack output: ${stderr.trim().replace(/^error: /, "")}`);
        return JSON.parse(stdout) as Record<string, unknown>;
      };
      const [hidden, values] = [await read(), await read("--show-secrets")];
      return { values, secret: new Set(Object.keys(values).filter((name) => hidden[name] === "[secret]")) };
    },
  };
}

/** Whether what a resource is, is neither data nor what gives access to it. */
function runs({ type, retainOnDelete }: Resource): boolean {
  return /^docker:index\/(container|network):/.test(type) || (type.startsWith("kubernetes:") && retainOnDelete !== true);
}

function backendDirectory({ stateDirectory }: Stack): string {
  return resolve(stateDirectory, "pulumi");
}

function environment(stack: Stack): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true" };
  if (!env.PULUMI_BACKEND_URL) {
    const directory = backendDirectory(stack);
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    env.PULUMI_BACKEND_URL = `file://${directory}`;
  }
  if (env.PULUMI_CONFIG_PASSPHRASE === undefined && !env.PULUMI_CONFIG_PASSPHRASE_FILE) {
    const file = resolve(stack.stateDirectory, "passphrase");
    if (!existsSync(file)) writeOnce(file, randomBytes(32).toString("hex"));
    env.PULUMI_CONFIG_PASSPHRASE_FILE = file;
  }
  return env;
}

/** Writes a private file whole, unless another process was first. */
function writeOnce(file: string, text: string): void {
  const own = `${file}.${process.pid}.own`;
  writePrivate(own, text);
  try {
    linkSync(own, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    rmSync(own, { force: true });
  }
}

/** A project of the same name for what Pulumi writes beside it. */
function projectDirectory({ stateDirectory }: Stack): string {
  const directory = resolve(stateDirectory, "project");
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const { name } = readYaml("Pulumi.yaml");
  writeFileSync(join(directory, "Pulumi.yaml"), yaml.dump({ name, runtime: "nodejs" }));
  return directory;
}

/** The stack's settings for Pulumi to write its salt into: the operator's own file where it has one, else a copy. */
function configuration(stack: Stack): string {
  const own = readYaml(stack.configFile);
  if ("encryptionsalt" in own || "secretsprovider" in own) return resolve(stack.configFile);
  const copy = join(projectDirectory(stack), `Pulumi.${stack.name}.yaml`);
  const { encryptionsalt } = existsSync(copy) ? readYaml(copy) : {};
  writePrivate(copy, yaml.dump(encryptionsalt === undefined ? own : { ...own, encryptionsalt }, { lineWidth: -1 }));
  return copy;
}

/** Removes the namespace of a stack's state, on the cluster that its provider has: the settings may say anything by now. */
async function removeNamespaceIn(all: readonly Resource[]): Promise<void> {
  const namespace = all.find(({ type, retainOnDelete }) => type === "kubernetes:core/v1:Namespace" && retainOnDelete)?.outputs?.metadata?.name;
  if (namespace === undefined) return;
  // Only where there is a cluster is its code loaded.
  const [{ Kubectl }, { removeNamespace }] = await Promise.all([import("./kubernetes/kubectl.ts"), import("./kubernetes/namespace.ts")]);
  const { kubeconfig, context } = all.find(({ type }) => type === "pulumi:providers:kubernetes")?.inputs ?? {};
  await removeNamespace(await Kubectl.connected({ kubernetes: { kubeconfig, context }, namespace }), namespace);
}
