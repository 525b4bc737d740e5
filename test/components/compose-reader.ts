// What Compose makes of a rendered project: by its rules, in this process, and by the Compose of this machine.
import { join } from "node:path";
import { execa } from "execa";
import * as yaml from "js-yaml";
import { installPackages } from "../../ops/docker-engine.ts";
import { answers } from "../../ops/run.ts";

export type Project = Record<string, Record<string, Record<string, unknown>>>;

/** The values of a compose file, `$$` being a dollar. @throws for any other `$`: Compose would put a variable there */
export function readCompose(text: string): Project {
  return unescape(yaml.load(text)) as Project;
}

function unescape(value: unknown): unknown {
  if (typeof value === "string") {
    if (/\$/.test(value.replaceAll("$$", ""))) throw new Error(`${JSON.stringify(value)} has a $ that Compose replaces`);
    return value.replaceAll("$$", () => "$");
  }
  if (Array.isArray(value)) return value.map(unescape);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, unescape(item)]));
}

/** The project as Compose has read it; needs no engine. */
export async function configOf(directory: string): Promise<Project> {
  const config = ["--project-name", "quoting", "--file", join(directory, "compose.yaml"), "config"];
  if (await answers("docker", "compose", "version")) {
    const { stdout } = await execa("docker", ["compose", ...config, "--format", "json"]);
    return unescape(JSON.parse(stdout)) as Project;
  }
  await installPackages("docker-compose", ["docker-compose"]);
  // It is written in Python, and so is what reads its answer: YAML 1.1 on both ways.
  const toJson = "import json, sys, yaml; json.dump(yaml.safe_load(sys.stdin.buffer), sys.stdout)";
  const { stdout } = await execa("docker-compose", config).pipe("/usr/bin/python3", ["-c", toJson]);
  return unescape(JSON.parse(stdout)) as Project;
}
