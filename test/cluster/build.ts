// Builds the cluster's programs from Go modules alone. What was built once is kept by a hash of what it was built from.
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { basename, join } from "node:path";
import { execa } from "execa";
import { OperatorError } from "../../ops/errors.ts";
import { say } from "../../ops/run.ts";
import { buildArguments, buildEnvironment, builtDirectory, builtProgram, modules } from "./cache-key.ts";
import { ensureGo } from "./go.ts";
import { type Part, parts } from "./parts.ts";
import { places } from "./places.ts";

const all: readonly Part[] = Object.values(parts);
const missingParts = () => all.filter((part) => !existsSync(builtDirectory(part)));

export const isClusterBuilt = (): boolean => missingParts().length === 0;

/** Builds what is missing. @throws OperatorError with what the compiler said last */
export async function ensureBuilt(): Promise<void> {
  const missing = missingParts();
  if (missing.length > 0) {
    await ensureGo();
    say(`building ${missing.flatMap(({ programs }) => Object.keys(programs)).join(", ")}; all of it takes minutes, once`);
    for (const part of missing) await build(part);
    removeOthers();
  }
  link();
}

async function build(part: Part): Promise<void> {
  const unfinished = `${builtDirectory(part)}.unfinished`;
  mkdirSync(unfinished, { recursive: true });
  for (const program of Object.keys(part.programs)) {
    const started = performance.now();
    // A machine that builds for minutes has other things to do, too.
    const { exitCode, stderr } = await execa("nice", ["-n", "10", "go", ...buildArguments(part, program, join(unfinished, program))], {
      cwd: join(modules, part.module),
      env: buildEnvironment,
      reject: false,
    });
    if (exitCode !== 0) throw new OperatorError(`${program}: cannot be built:\n${stderr.trim().split("\n").slice(-5).join("\n")}`);
    say(`built ${program} in ${Math.round((performance.now() - started) / 1000)} s`);
  }
  renameSync(unfinished, builtDirectory(part));
}

/** What was built from something else, and is not used any more. A process that still runs it does not need its file. */
function removeOthers(): void {
  const kept = new Set(all.map((part) => basename(builtDirectory(part))));
  for (const name of readdirSync(places.built)) if (!kept.has(name)) rmSync(join(places.built, name), { recursive: true });
}

function link(): void {
  mkdirSync(places.programs, { recursive: true });
  for (const part of all) {
    for (const program of Object.keys(part.programs)) {
      const path = join(places.programs, program);
      rmSync(`${path}.new`, { force: true });
      symlinkSync(builtProgram(part, program), `${path}.new`);
      renameSync(`${path}.new`, path);
    }
  }
}
