// Around all end-to-end tests: a person's running stack is afterwards what it was before.
import { isDeepStrictEqual } from "node:util";
import { bystanders, snapshot } from "./bystanders.ts";

export default async function setUp(): Promise<() => Promise<void>> {
  const before = await Promise.all((await bystanders()).map(async (namespace) => ({ namespace, state: await snapshot(namespace) })));
  return async () => {
    for (const { namespace, state } of before) {
      if (isDeepStrictEqual(await snapshot(namespace), state)) continue;
      process.exitCode = 1; // vitest shows an error of a teardown and goes on to end with 0
      throw new Error(`the running stack ${namespace} is not what it was before the tests`);
    }
  };
}
