// Data that a stack's settings no longer ask for: of another generation, or of a part that was turned off.
import { join } from "node:path";
import { recordStack } from "../render/record-stack.ts";
import type { PulumiState, Resource } from "./pulumi-state.ts";
import type { Stack } from "./stack.ts";

/** Lets Pulumi leave it out, which it refuses for what its state says is protected; retained on deletion, it stays where it is. */
export async function unprotectLeftOut(state: PulumiState, { name, configFile, stateDirectory }: Stack): Promise<void> {
  const guarded = (await state.resources()).filter(({ protect, retainOnDelete }) => protect === true && retainOnDelete === true);
  if (guarded.length === 0) return;
  // Which resources there are to be, of the program itself; its passwords are made up, for the stack's own are in Pulumi's state.
  const { recording } = await recordStack({ stack: name, configFile, stateDirectory: join(stateDirectory, "review") });
  for (const { urn } of leftOut(guarded, recording.registrations)) await state.command("state", "unprotect", urn, "--yes");
}

/** Those that the program does not register. */
export function leftOut<Known extends Pick<Resource, "urn" | "type">>(resources: readonly Known[], registrations: readonly { readonly type: string; readonly name: string }[]): Known[] {
  const asked = new Set(registrations.map(({ type, name }) => `${type}::${name}`));
  return resources.filter(({ urn, type }) => !asked.has(`${type}::${urn.split("::").at(-1)}`));
}
