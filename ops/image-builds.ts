// The images of a stack on this machine: the base they are built on, and the builds themselves.
import { stripVTControlCharacters } from "node:util";
import { OperatorError } from "./errors.ts";
import { installPackages } from "./docker-engine.ts";
import { answers, run, say, show } from "./run.ts";

export const baseImage = "debian:trixie-slim";

/** Makes sure that the base image is there: pulled, or made of Debian packages where no image registry is reached. */
export async function ensureBaseImage(): Promise<void> {
  if (await answers("docker", "image", "inspect", baseImage)) return;
  say(`${baseImage}: pulling`);
  const { exitCode } = await run("docker", ["pull", "--quiet", baseImage]);
  if (exitCode === 0) return;
  say(`${baseImage}: no registry has it for us, making it of Debian packages`);
  await installPackages("mmdebstrap", ["mmdebstrap"]);
  const pipeline = `mmdebstrap --quiet --variant=minbase --include=ca-certificates trixie | docker import - ${baseImage}`;
  if ((await show("bash", ["-o", "pipefail", "-c", pipeline])) !== 0) throw new OperatorError(`${baseImage} could neither be pulled nor made; see above`);
}

/** Builds those that are not there. */
export async function ensureImages(builds: readonly { readonly reference: string; readonly from: string }[]): Promise<void> {
  if (await answers("docker", "image", "inspect", "--format", "{{.Id}}", ...builds.map(({ reference }) => reference))) return;
  for (const { reference, from } of builds) await ensureImage(reference, from);
}

/** Builds an image unless its tag, a hash of what goes into it, is there. */
export async function ensureImage(reference: string, context: string): Promise<void> {
  if (await answers("docker", "image", "inspect", reference)) return;
  await ensureBaseImage();
  say(`${reference}: building`);
  // The classic builder: it finds a base image that exists on this machine only.
  const { exitCode, stdout, stderr } = await run("docker", ["build", "--tag", reference, context], { env: { ...process.env, DOCKER_BUILDKIT: "0" } });
  const output = `${stdout}\n${stderr}`.trim();
  if (exitCode !== 0) throw new OperatorError(`${reference}: the build failed:\n${output.split("\n").slice(-20).join("\n")}`);
  // The builder colours what a build writes to its standard error.
  for (const line of stripVTControlCharacters(output).match(/^packages\.lock: .*$/gm) ?? []) say(line);
}
