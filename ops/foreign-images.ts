// Images that are not the stack's own: asked for before anything changes, and left out where they cannot be had.
import { leaveOut } from "../scales/left-out.ts";
import type { Settings } from "../settings/schema.ts";
import { ensureDockerEngine } from "./docker-engine.ts";
import { answers, run, say } from "./run.ts";

/** Pulls Grafana's image unless it is here; where nobody has it for us, says so, and has the stack made without. */
export async function supplyForeignImages({ grafana: { image }, platform }: Pick<Settings, "grafana" | "platform">): Promise<void> {
  leaveOut(undefined);
  if (image === undefined || platform !== "docker") return; // nodes pull by themselves
  await ensureDockerEngine();
  if (await answers("docker", "image", "inspect", image)) return;
  say(`${image}: pulling`);
  const { exitCode, stderr } = await run("docker", ["pull", "--quiet", image]);
  if (exitCode === 0) return;
  say(`grafana: left out, for ${image} is not on this machine and cannot be pulled (${stderr.trim().split("\n").at(-1)!.replace(/^Error response from daemon: /, "")})`);
  leaveOut("grafana");
}
