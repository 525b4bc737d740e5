// npm run render: the stack as a Compose project, for review and for sites without Pulumi.
import { renderStack, writeProject } from "../render/render.ts";
import { withLock } from "./lock.ts";
import { say } from "./run.ts";
import type { Command } from "./stack.ts";

export const render: Command = async (stack, options) => {
  const directory = options.out ?? stack.renderedDirectory;
  await withLock(stack, async () => {
    const project = await renderStack({ stack: stack.name, configFile: stack.configFile, stateDirectory: stack.stateDirectory });
    project.save({ forget: false });
    writeProject(project, directory);
  });
  say(`written to ${directory}`);
};
