// The stack through Compose, from the rendered project: for machines and sites without Pulumi.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import * as yaml from "js-yaml";
import { type Rendered, renderStack, writeProject } from "../render/render.ts";
import { type Applied, changesService, changesSince, forgetApplied, readApplied, recordApplied, replaces } from "./compose-changes.ts";
import { installPackages } from "./docker-engine.ts";
import type { Engine } from "./engine.ts";
import { OperatorError } from "./errors.ts";
import { ensureImages } from "./image-builds.ts";
import { outputsOf, refuseOtherNamespace } from "./last-applied.ts";
import { answers, run, say, show } from "./run.ts";
import type { Stack } from "./stack.ts";
import { refuseLeft, removeVolumes, volumesOf } from "./volumes.ts";

/** The engine over a stack's rendered project in `rendered/<stack>`. */
export function composeEngine(stack: Stack): Engine {
  let rendered: Promise<Rendered> | undefined;
  const render = () => (rendered ??= renderStack({ stack: stack.name, configFile: stack.configFile, stateDirectory: stack.stateDirectory }));

  return {
    name: "compose",
    async prepare() {
      refuseOtherNamespace(stack, readApplied(stack), (await render()).namespace);
    },
    async up(settle, only) {
      const project = await render();
      project.save({ forget: false });
      const compose = await composeProgram(); // not beside the images: both may have packages to install
      await ensureImages(project.builds);
      writeProject({ ...project, compose: withoutBuilds(project), builds: [] }, stack.renderedDirectory); // the images are there
      const inProject = (...args: string[]) => show(compose[0]!, [...compose.slice(1), "--project-name", project.namespace, "--file", join(stack.renderedDirectory, "compose.yaml"), ...args]);
      const start = async (...args: string[]) => {
        if ((await inProject("up", "--detach", "--no-build", ...args)) !== 0) throw new OperatorError("Compose could not bring the stack up; see above");
      };
      if (only !== undefined) {
        const names = only.map((name) => `${project.namespace}-${name}`);
        const deliveries = project.oneShots.filter((oneShot) => names.some((name) => oneShot.startsWith(`${name}-`)));
        // Compose waits for the deliveries, and does not say why one has failed.
        return runOnce(names, (...args) => start(...args).catch(async (error: unknown) => {
          if (await answers("docker", "container", "inspect", ...deliveries)) await ended(deliveries);
          throw error;
        }));
      }
      const applied = readApplied(stack);
      const newNetworks = replaces("network", applied, project);
      // What is refused must not be found out after a service was replaced for it.
      const delivered = newNetworks || replaces("container", applied, project) ? project.oneShots : [];
      if (delivered.length > 0) {
        await start("--no-deps", ...delivered);
        await ended(delivered);
      }
      // Compose changes no network that is in use: 1.29 says so and stops, 2 goes on with the old one.
      if (newNetworks) await takeDown(stack, applied!, { data: false });
      await start("--remove-orphans", ...without([...project.runs, ...(newNetworks ? [] : delivered)], project));
      await ended(project.oneShots);
      await runOnce(await dueRuns(applied, project), (...args) => start("--no-deps", ...args));
      await settle();
      recordApplied(stack, project);
      project.save({ forget: true });
    },
    async down({ data }) {
      await takeDown(stack, readApplied(stack) ?? (await render()), { data });
      forgetApplied(stack);
    },
    async preview() {
      const changes = changesSince(readApplied(stack), await render());
      say(changes.length > 0 ? changes.join("\n") : "no changes");
    },
    outputs: () => outputsOf(stack, readApplied(stack), render),
  };
}

/** Removes what was applied, whatever the settings say by now. @throws OperatorError when something of it is left */
async function takeDown({ stateDirectory }: Stack, { namespace, compose }: Pick<Rendered, "namespace" | "compose">, { data }: { readonly data: boolean }): Promise<void> {
  const file = join(stateDirectory, "down.yaml");
  writeFileSync(file, yaml.dump(withoutBuilds({ compose })), { mode: 0o600 });
  const [program, ...first] = await composeProgram();
  const status = await show(program!, [...first, "--project-name", namespace, "--file", file, "down", "--remove-orphans", ...(data ? ["--volumes"] : [])]);
  if (data) refuseLeft(await removeVolumes([...Object.keys(compose.volumes as object), ...(await volumesOf(namespace))]));
  if (status !== 0) throw new OperatorError("Compose could not take the stack down; see above");
}

/** For where nothing is built, and the contexts are not there. */
function withoutBuilds({ compose }: Pick<Rendered, "compose">): Rendered["compose"] {
  const services = Object.entries(compose.services as Applied["compose"][string]).map(([name, service]) => [name, Object.fromEntries(Object.entries(service).filter(([key]) => key !== "build"))]);
  return { ...compose, services: Object.fromEntries(services) as unknown };
}

/** The services to name for Compose, where it is not to start all of them: some have run to their end, or will after them. */
function without(some: readonly string[], { compose }: Pick<Rendered, "compose">): string[] {
  return some.length === 0 ? [] : Object.keys(compose.services as object).filter((name) => !some.includes(name));
}

/** Those that have not run to their end, and well, as they are now. */
async function dueRuns(applied: Applied | undefined, project: Rendered): Promise<string[]> {
  const due = await Promise.all(
    project.runs.map(async (name) => {
      const { stdout } = await run("docker", ["inspect", "--type", "container", "--format", "{{.State.Status}} {{.State.ExitCode}}", name]);
      return stdout !== "exited 0" || changesService(name, applied, project) ? [name] : [];
    }),
  );
  return due.flat();
}

/** Runs these to their end, with what they need running. @throws OperatorError with what the first one that failed said last */
async function runOnce(runs: readonly string[], start: (...args: string[]) => Promise<void>): Promise<void> {
  if (runs.length === 0) return;
  await start("--force-recreate", ...runs);
  say(`waiting for the end of ${runs.join(", ")}`);
  await ended(runs);
}

/** Waits for containers to end. @throws OperatorError with what the first one that failed said last */
async function ended(containers: readonly string[]): Promise<void> {
  const { stdout: exitCodes } = await run("docker", ["wait", ...containers]);
  const failed = containers[exitCodes.trim().split("\n").findIndex((exitCode) => exitCode !== "0")];
  if (failed === undefined) return;
  const { stdout, stderr } = await run("docker", ["logs", failed]);
  throw new OperatorError(`${failed}: ${`${stdout}\n${stderr}`.trim().split("\n").at(-1)}`);
}

async function composeProgram(): Promise<string[]> {
  if (await answers("docker", "compose", "version")) return ["docker", "compose"];
  await installPackages("docker-compose", ["docker-compose"]);
  return ["docker-compose"];
}
