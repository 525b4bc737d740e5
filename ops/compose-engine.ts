// The stack through Compose, from the rendered project: for machines and sites without Pulumi.
import { join } from "node:path";
import { type Rendered, renderStack, writeProject } from "../render/render.ts";
import { changesSince, forgetApplied, readApplied, recordApplied } from "./compose-changes.ts";
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
  const compose = async (...args: string[]) => {
    const [program, ...first] = await composeProgram();
    const { namespace } = settingsOfStack(stack);
    return show(program!, [...first, "--project-name", namespace, "--file", join(stack.renderedDirectory, "compose.yaml"), ...args]);
  };

  return {
    name: "compose",
    async up() {
      const project = await render();
      project.save({ forget: false });
      for (const { reference, from } of project.builds) await ensureImage(reference, from);
      writeProject(project, stack.renderedDirectory);
      if ((await compose("up", "--detach", "--no-build", "--remove-orphans")) !== 0) throw new OperatorError(await refusal(project.oneShots));
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

/** What a one-shot that failed said last, or that it was Compose itself. */
async function refusal(oneShots: readonly string[]): Promise<string> {
  for (const name of oneShots) {
    const { stdout } = await run("docker", ["inspect", "--format", "{{.State.ExitCode}}", name]);
    if (stdout.trim() === "0" || stdout.trim() === "") continue;
    const { stdout: out, stderr } = await run("docker", ["logs", name]);
    const lines = `${out}\n${stderr}`.trim().split("\n");
    return `${name}: ${lines.at(-1) ?? `exit code ${stdout.trim()}`}`;
  }
  return "Compose could not bring the stack up; see above";
}

async function composeProgram(): Promise<string[]> {
  if (await answers("docker", "compose", "version")) return ["docker", "compose"];
  await installPackages("docker-compose", ["docker-compose"]);
  return ["docker-compose"];
}
