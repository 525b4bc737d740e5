// The stack through Pulumi, with a file backend below the stack's state directory unless the operator has a backend.
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import * as yaml from "js-yaml";
import { writePrivate } from "../render/store.ts";
import type { Engine } from "./engine.ts";
import { OperatorError } from "./errors.ts";
import { ensureBaseImage } from "./image-builds.ts";
import { run, show } from "./run.ts";
import { type Stack, settingsOfStack } from "./stack.ts";

interface Deployment {
  readonly deployment?: { readonly resources?: readonly { readonly urn: string; readonly type: string; readonly outputs?: { readonly exitCode?: number; readonly mustRun?: boolean; readonly name?: string } }[] };
}

/** The engine over the Pulumi CLI that `program` names. */
export function pulumiEngine(stack: Stack, program: string): Engine {
  const env = environment(stack);
  const configFile = configuration(stack);
  const withStack = ["--stack", stack.name, "--non-interactive"];

  const ensureStack = async () => {
    if ((await run(program, ["stack", "export", ...withStack], { env })).exitCode === 0) return;
    // In a directory of its own: `stack init` writes its salt beside the project it finds.
    const result = await run(program, ["stack", "init", ...withStack, "--secrets-provider", "passphrase", "--cwd", projectDirectory(stack)], { env });
    if (result.exitCode !== 0) throw new OperatorError(`pulumi stack init: ${result.stderr.trim()}`);
  };
  const resources = async () => {
    const { stdout } = await run(program, ["stack", "export", ...withStack], { env });
    return (JSON.parse(stdout) as Deployment).deployment?.resources ?? [];
  };

  return {
    name: "pulumi",
    async prepare() {
      await ensureStack();
    },
    async up() {
      await ensureBaseImage(); // the provider builds, and knows no way to make it
      // A delivery that was refused is done for Pulumi, whatever its exit code: ask for it again.
      const refused = (await resources()).filter(({ outputs }) => outputs?.mustRun === false && outputs.exitCode !== 0);
      const again = refused.flatMap(({ urn }) => ["--replace", urn]);
      const status = await show(program, ["up", ...withStack, "--config-file", configFile, "--yes", "--skip-preview", "--suppress-outputs", ...again], env);
      if (status !== 0) throw new OperatorError("pulumi could not bring the stack up; see above");
    },
    async down({ data }) {
      const all = await resources();
      const volumes = all.filter(({ type }) => type === "docker:index/volume:Volume").flatMap(({ outputs }) => outputs?.name ?? []);
      // Only these go: what else there is, is data, or what gives access to it.
      const targets = all.filter(({ type }) => /^docker:index\/(container|network):/.test(type)).flatMap(({ urn }) => ["--target", urn]);
      if (!data && targets.length === 0) return;
      if (data) await run(program, ["state", "unprotect", "--all", "--yes", ...withStack], { env });
      const status = await show(program, ["destroy", ...withStack, "--config-file", configFile, "--yes", "--skip-preview", ...(data ? [] : targets)], env);
      if (status !== 0) throw new OperatorError("pulumi could not take the stack down; see above");
      // Retained on deletion, so that only being asked for it removes them.
      if (data) for (const volume of volumes) await run("docker", ["volume", "rm", volume]);
    },
    async preview() {
      await ensureStack();
      if ((await show(program, ["preview", ...withStack, "--config-file", configFile, "--diff"], env)) !== 0) throw new OperatorError("pulumi preview failed; see above");
    },
    async outputs() {
      const read = async (...args: string[]) => {
        const { exitCode, stdout, stderr } = await run(program, ["stack", "output", "--json", ...args, ...withStack], { env });
        if (exitCode !== 0) throw new OperatorError(`pulumi stack output: ${stderr.trim()}`);
        return JSON.parse(stdout) as Record<string, unknown>;
      };
      const [hidden, values] = [await read(), await read("--show-secrets")];
      return { values, secret: new Set(Object.keys(values).filter((name) => hidden[name] === "[secret]")) };
    },
  };
}

function environment(stack: Stack): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true" };
  if (!env.PULUMI_BACKEND_URL) {
    const directory = resolve(stack.stateDirectory, "pulumi");
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    env.PULUMI_BACKEND_URL = `file://${directory}`;
  }
  if (env.PULUMI_CONFIG_PASSPHRASE === undefined && !env.PULUMI_CONFIG_PASSPHRASE_FILE) {
    const file = resolve(stack.stateDirectory, "passphrase");
    if (!existsSync(file)) writePrivate(file, randomBytes(32).toString("hex"));
    env.PULUMI_CONFIG_PASSPHRASE_FILE = file;
  }
  return env;
}

/** A project of the same name for what Pulumi writes beside it. */
function projectDirectory({ stateDirectory }: Stack): string {
  const directory = resolve(stateDirectory, "project");
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const { name } = readSettings("Pulumi.yaml");
  writeFileSync(join(directory, "Pulumi.yaml"), yaml.dump({ name, runtime: "nodejs" }));
  return directory;
}

/** The stack's settings for Pulumi to write its salt into: the operator's own file where it has one, else a copy. */
function configuration(stack: Stack): string {
  settingsOfStack(stack); // all problems at once, before Pulumi is even asked
  const own = readSettings(stack.configFile);
  if ("encryptionsalt" in own || "secretsprovider" in own) return resolve(stack.configFile);
  const copy = join(projectDirectory(stack), `Pulumi.${stack.name}.yaml`);
  const { encryptionsalt } = existsSync(copy) ? readSettings(copy) : {};
  writePrivate(copy, yaml.dump(encryptionsalt === undefined ? own : { ...own, encryptionsalt }, { lineWidth: -1 }));
  return copy;
}

function readSettings(file: string): Record<string, unknown> {
  return (yaml.load(readFileSync(file, "utf8")) ?? {}) as Record<string, unknown>;
}
