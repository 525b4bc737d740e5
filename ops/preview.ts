// npm run preview: what an up would change.
import { engineOf } from "./engine.ts";
import { type Command, settingsOfStack } from "./stack.ts";

export const preview: Command = async (stack) => {
  settingsOfStack(stack);
  await (await engineOf(stack)).preview();
};
