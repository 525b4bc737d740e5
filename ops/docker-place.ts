// A stack on the Docker engine of this machine.
import type { Settings } from "../settings/schema.ts";
import { ensureDockerEngine } from "./docker-engine.ts";
import { type Place, refuseForeignData } from "./place.ts";
import { preflight } from "./preflight.ts";
import { run } from "./run.ts";
import type { Stack } from "./stack.ts";

export function dockerPlace(stack: Stack, settings: Settings): Place {
  const { namespace, publish } = settings;
  return {
    async prepare() {
      await ensureDockerEngine();
      await preflight(settings);
      await refuseForeignData(stack, async () => {
        const { stdout } = await run("docker", ["volume", "ls", "--quiet", "--filter", `name=^${namespace}-[a-z]+-data-[0-9]+$`]);
        return stdout === "" ? undefined : { data: `volume ${stdout.split("\n").join(", ")}`, removal: "docker volume rm" };
      });
    },
    supply: () => Promise.resolve(), // images are resources of the program, and services of the project
    settle: () => Promise.resolve(), // a delivery that fails, fails the engine's run
    remember: () => Promise.resolve((error) => Promise.resolve(error)), // the program that delivers puts back what it had
    authorities: () => Promise.resolve([]),
    address: () => Promise.resolve(publish.addresses[0]!.replace("0.0.0.0", "127.0.0.1").replace(/^::$/, "::1")),
    execute: (service, command, input = "") => run("docker", ["exec", "--interactive", `${namespace}-${service}`, ...command], { input }),
    logs: (service) => `docker logs ${namespace}-${service}`,
  };
}
