// npm run preview: what an up would change.
import { engineOf, refuseOtherPlatform } from "./engine.ts";
import { type Command, settingsOfStack } from "./stack.ts";

export const preview: Command = async (stack) => {
  const settings = settingsOfStack(stack);
  const engine = await engineOf(stack);
  refuseOtherPlatform(stack, engine, settings);
  await engine.preview();
};
