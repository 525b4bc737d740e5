// The Prosody image, built from a context as the stack assembles it; docker keeps it under a hash of that context.
import { createHash } from "node:crypto";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { docker } from "./docker.ts";

const components = join(import.meta.dirname, "../../components");
export const base = join(components, "base");
export const imageSources = join(components, "prosody/image");

async function assemble(context: string): Promise<void> {
  await cp(imageSources, context, { recursive: true });
  await cp(base, join(context, "base"), { recursive: true });
  await mkdir(join(context, "extra-modules"));
  await writeFile(join(context, "extra-modules/mod_of_the_user.lua"), "-- a user's module\n");
}

async function hash(directory: string): Promise<string> {
  const sum = createHash("sha256");
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  for (const file of files.sort()) {
    sum.update(file.slice(directory.length)).update("\0").update(await readFile(file)).update("\0");
  }
  return sum.digest("hex").slice(0, 16);
}

/** The reference of the image; the first call takes the time of a build. */
export async function prosodyImage(): Promise<string> {
  const context = await mkdtemp(join(tmpdir(), "prosody-image-"));
  try {
    await assemble(context);
    const reference = `prosody-stack/prosody-test:${await hash(context)}`;
    const { exitCode } = await docker(["image", "inspect", reference]);
    if (exitCode !== 0) {
      const build = await docker(["build", "-t", reference, context]);
      if (build.exitCode !== 0) throw new Error(`the image cannot be built:\n${build.output}`);
    }
    return reference;
  } finally {
    await rm(context, { recursive: true });
  }
}
