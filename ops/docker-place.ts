// A stack on the Docker engine of this machine.
import type { Settings } from "../settings/schema.ts";
import { ensureDockerEngine } from "./docker-engine.ts";
import { recordedEngine } from "./engine.ts";
import { OperatorError } from "./errors.ts";
import type { Place } from "./place.ts";
import { preflight } from "./preflight.ts";
import { run } from "./run.ts";
import type { Stack } from "./stack.ts";

export const dockerPlace: Place = {
  async prepare(stack, settings) {
    await ensureDockerEngine();
    await preflight(settings);
    await refuseForeignData(stack, settings);
  },
  supply: () => Promise.resolve(), // images are resources of the program, and services of the project
  settle: () => Promise.resolve(), // a delivery that fails, fails the engine's run
  remember: () => Promise.resolve((error) => Promise.resolve(error)), // the program that delivers puts back what it had
  address: ({ publish }) => Promise.resolve(publish.addresses[0]!.replace("0.0.0.0", "127.0.0.1").replace(/^::$/, "::1")),
  logs: ({ namespace }, service) => `docker logs ${namespace}-${service}`,
};

/** New passwords and keys would lock their operator out of old data. @throws OperatorError when there is some */
async function refuseForeignData(stack: Stack, { namespace }: Settings): Promise<void> {
  if (recordedEngine(stack) !== undefined) return;
  const { stdout } = await run("docker", ["volume", "ls", "--quiet", "--filter", `name=^${namespace}-[a-z]+-data-[0-9]+$`]);
  if (stdout === "") return;
  throw new OperatorError(`stack ${stack.name} has data (volume ${stdout.split("\n").join(", ")}) and no passwords and keys in ${stack.stateDirectory}; bring that directory back, run this as the user who brought the stack up, or remove the data (docker volume rm)`);
}
