// npm run render: the stack as a Compose project, for review and for sites without Pulumi.
import { join } from "node:path";
import { renderStack, writeProject } from "../render/render.ts";
import { recordedEngine } from "./engine.ts";
import { withLock } from "./lock.ts";
import { say } from "./run.ts";
import type { Command } from "./stack.ts";

export const render: Command = async (stack, options) => {
  const directory = options.out ?? stack.renderedDirectory;
  // Pulumi's passwords and keys are in its own state; a project for review has made-up ones, apart from everything.
  const forReview = recordedEngine(stack) === "pulumi";
  await withLock(stack, async () => {
    const stateDirectory = forReview ? join(stack.stateDirectory, "review") : stack.stateDirectory;
    const project = await renderStack({ stack: stack.name, configFile: stack.configFile, stateDirectory });
    project.save({ forget: false });
    writeProject(project, directory);
  });
  say(`written to ${directory}${forReview ? ", for review only: the stack's own passwords and keys are in Pulumi's state" : ""}`);
};
