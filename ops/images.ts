// npm run images -- refresh: the package versions of each image as Debian's archive has them now, and what changed; `push` and
// `import` give a cluster the images that it runs.
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { execa } from "execa";
import { ensureDockerEngine } from "./docker-engine.ts";
import { OperatorError } from "./errors.ts";
import { baseImage, ensureBaseImage } from "./image-builds.ts";
import { say } from "./run.ts";
import { type Command, settingsOfStack } from "./stack.ts";

export const images: Command = async (stack, { positionals }) => {
  switch (positionals.join(" ")) {
    case "refresh":
      return refreshAll();
    case "push":
      return (await import("./kubernetes/registry.ts")).pushImages(settingsOfStack(stack));
    case "import":
      return (await import("./kubernetes/images.ts")).importImages(settingsOfStack(stack));
    default:
      throw new OperatorError("usage: npm run images -- refresh|push|import [--stack NAME]");
  }
};

async function refreshAll(): Promise<void> {
  await ensureDockerEngine();
  await ensureBaseImage();
  for (const component of readdirSync("components")) {
    const directory = join("components", component, "image");
    if (existsSync(join(directory, "packages.list"))) await refresh(component, directory);
  }
}

async function refresh(component: string, directory: string): Promise<void> {
  const lock = join(directory, "packages.lock");
  const before = existsSync(lock) ? readFileSync(lock, "utf8") : "";
  const { exitCode, stdout, stderr } = await execa(
    "docker",
    ["run", "--rm", "--interactive", "--volume", `${resolve("components/base")}:/base:ro`, baseImage, "/base/refresh-lock"],
    { input: readFileSync(join(directory, "packages.list"), "utf8"), reject: false },
  );
  if (exitCode !== 0) throw new OperatorError(`${component}: the package versions could not be looked up: ${stderr.trim().split("\n").at(-1)}`);
  writeFileSync(lock, `${stdout}\n`);
  const changes = lockChanges(before, stdout);
  say(changes.length > 0 ? changes.map((line) => `${component}: ${line}`).join("\n") : `${component}: no package has a new version`);
}

/** A line per package whose version is another now, that came, or that went. */
export function lockChanges(before: string, after: string): string[] {
  const [old, next] = [versions(before), versions(after)];
  return [...new Set([...old.keys(), ...next.keys()])]
    .toSorted()
    .filter((name) => old.get(name) !== next.get(name))
    .map((name) => `${name} ${old.get(name) ?? "(new)"} -> ${next.get(name) ?? "(gone)"}`);
}

function versions(lock: string): Map<string, string> {
  const lines = lock.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(lines.map((line) => line.split(" ") as [string, string]));
}
