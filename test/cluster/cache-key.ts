// What was built, and from what: a key for each part, so that it is built again when that changes and only then.
import { createHash } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Part } from "./parts.ts";
import { places } from "./places.ts";

export const modules = resolve(import.meta.dirname, "modules");

export const buildEnvironment = { CGO_ENABLED: "0", GOTOOLCHAIN: "local", GOFLAGS: "-buildvcs=false -mod=readonly" } as const;

/** Arguments of `go` that build one program of a part. */
export function buildArguments(part: Part, program: string, output: string): string[] {
  return ["build", "-trimpath", "-ldflags", ["-s", "-w", ...(part.linkerFlags ?? [])].join(" "), "-o", output, part.programs[program]!];
}

/** A hash of the files of the part's module, of how it is built, and of the kind of machine it is for. */
export function cacheKey(part: Part, directory = join(modules, part.module)): string {
  const how = Object.keys(part.programs).map((program) => buildArguments(part, program, program));
  const hash = createHash("sha256").update(JSON.stringify([how, buildEnvironment, process.arch]));
  for (const name of readdirSync(directory).toSorted()) hash.update(`\0${name}\0`).update(readFileSync(join(directory, name)));
  return hash.digest("hex").slice(0, 16);
}

/** Directory of a part's programs, once they are built. */
export function builtDirectory(part: Part): string {
  return join(places.built, `${part.module}-${cacheKey(part)}`);
}

export function builtProgram(part: Part, program: string): string {
  return join(builtDirectory(part), program);
}
