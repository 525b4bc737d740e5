// The stack through Compose, from the rendered project: for machines and sites without Pulumi.
import { join } from "node:path";
import { type Rendered, renderStack, writeProject } from "../render/render.ts";
import { changesSince, forgetApplied, readApplied, recordApplied, replacesServices } from "./compose-changes.ts";
import { installPackages } from "./docker-engine.ts";
import type { Engine } from "./engine.ts";
import { OperatorError } from "./errors.ts";
import { ensureImage } from "./image-builds.ts";
import { withLock } from "./lock.ts";
import { answers, run, say, show } from "./run.ts";
import { type Stack, settingsOfStack } from "./stack.ts";

/** The engine over a stack's rendered project in `rendered/<stack>`. */
export function composeEngine(stack: Stack): Engine {
  let rendered: Promise<Rendered> | undefined;
  const render = () => (rendered ??= renderStack({ stack: stack.name, configFile: stack.configFile, stateDirectory: stack.stateDirectory }));
  let found: Promise<string[]> | undefined;
  const program = () => (found ??= composeProgram());
  const compose = async (...args: string[]) => {
    const [name, ...first] = await program();
    const { namespace } = settingsOfStack(stack);
    return show(name!, [...first, "--project-name", namespace, "--file", join(stack.renderedDirectory, "compose.yaml"), ...args]);
  };

  const start = async (args: readonly string[]) => {
    if ((await compose("up", "--detach", "--no-build", ...args)) !== 0) throw new OperatorError("Compose could not bring the stack up; see above");
  };

  return {
    name: "compose",
    async prepare() {
      await render();
    },
    async up() {
      const project = await render();
      project.save({ forget: false });
      await Promise.all([program(), ...project.builds.map(({ reference, from }) => ensureImage(reference, from))]);
      writeProject(project, stack.renderedDirectory);
      // What is refused must not be found out after a service was replaced for it.
      if (replacesServices(readApplied(stack), project)) {
        await start(["--no-deps", ...project.oneShots]);
        await deliveries(project.oneShots);
      }
      await start(["--remove-orphans"]);
      await deliveries(project.oneShots);
      recordApplied(stack, project);
      project.save({ forget: true });
    },
    async down({ data }) {
      const project = await render();
      project.save({ forget: false });
      writeProject(project, stack.renderedDirectory);
      if ((await compose("down", "--remove-orphans", ...(data ? ["--volumes"] : []))) !== 0) throw new OperatorError("Compose could not take the stack down; see above");
      forgetApplied(stack);
    },
    async preview() {
      const changes = changesSince(readApplied(stack), await render());
      say(changes.length > 0 ? changes.join("\n") : "no changes");
    },
    async outputs() {
      const applied = readApplied(stack);
      if (applied) return { values: applied.outputs, secret: new Set(applied.secretOutputs) };
      // Not beside an up that makes the first passwords: the later writer's would be kept, the earlier one's be in force.
      return withLock(stack, async () => {
        const { recording, save } = await render();
        save({ forget: false });
        return { values: recording.outputs, secret: recording.secretOutputs };
      });
    },
  };
}

/** Waits for the one-shots to end. @throws OperatorError with what the first one that failed said last */
async function deliveries(oneShots: readonly string[]): Promise<void> {
  const { stdout: exitCodes } = await run("docker", ["wait", ...oneShots]);
  const failed = oneShots[exitCodes.trim().split("\n").findIndex((exitCode) => exitCode !== "0")];
  if (failed === undefined) return;
  const { stdout, stderr } = await run("docker", ["logs", failed]);
  throw new OperatorError(`${failed}: ${`${stdout}\n${stderr}`.trim().split("\n").at(-1)}`);
}

async function composeProgram(): Promise<string[]> {
  if (await answers("docker", "compose", "version")) return ["docker", "compose"];
  await installPackages("docker-compose", ["docker-compose"]);
  return ["docker-compose"];
}
