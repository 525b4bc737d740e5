// A stack on the Docker engine of this machine.
import type { Settings } from "../settings/schema.ts";
import { ensureDockerEngine } from "./docker-engine.ts";
import { type End, type Place, generationsAmong, refuseForeignData } from "./place.ts";
import { preflight } from "./preflight.ts";
import { run } from "./run.ts";
import type { Stack } from "./stack.ts";
import { allVolumes, refuseLeft, removeVolumes } from "./volumes.ts";

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
    ended: (workload) => endOf(`${namespace}-${workload}`),
    generations: async () => generationsAmong(await allVolumes(), `${namespace}-`),
    removeGenerations: async (generations) => refuseLeft(await removeVolumes(generations.map(({ name }) => name))),
    // Compose keeps them until it is told to remove all.
    forget: async (workloads) => void (await removeVolumes(workloads.flatMap((workload) => ["config", "answers"].map((volume) => `${namespace}-${workload}-${volume}`)))),
    logs: (service) => `docker logs ${namespace}-${service}`,
  };
}

async function endOf(container: string): Promise<End | undefined> {
  const { stdout } = await run("docker", ["inspect", "--type", "container", "--format", "{{.State.Status}} {{.State.ExitCode}}", container]);
  const exitCode = /^exited (\d+)$/.exec(stdout)?.[1];
  if (exitCode === undefined) return undefined;
  const { stdout: said, stderr: complained } = await run("docker", ["logs", "--tail", "1", container]);
  return { exitCode: Number(exitCode), words: `${said}${complained}`.trim() };
}
