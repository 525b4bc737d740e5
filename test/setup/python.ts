// A Python with slixmpp, outside the repository, for the second client library.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { installPackages } from "../../ops/docker-engine.ts";
import { run } from "../../ops/run.ts";

/** The interpreter of a virtual environment with what test/setup/requirements.txt pins. */
export async function ensurePython(): Promise<string> {
  const wanted = readFileSync("test/setup/requirements.txt", "utf8");
  const directory = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "prosody-stack/python");
  const marker = join(directory, "requirements.txt");
  const python = join(directory, "bin/python");
  if (existsSync(marker) && readFileSync(marker, "utf8") === wanted) return python;
  await installPackages("python3", ["python3", "python3-venv"]);
  for (const [program, ...args] of [
    ["python3", "-m", "venv", "--clear", directory],
    [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement", "test/setup/requirements.txt"],
  ]) {
    const { exitCode, stderr } = await run(program!, args);
    if (exitCode !== 0) throw new Error(`${program} ${args.join(" ")}: ${stderr}`);
  }
  writeFileSync(marker, wanted);
  return python;
}
