// The files that a service of the stack runs with, for something else to run with.
import { chmodSync, chownSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";

/** Copies the release in force to a new directory below one that others may pass through then. The files are `uid`'s. */
export async function copyRelease(container: string, parent: string, name: string, uid: number): Promise<string> {
  const directory = join(parent, name);
  await execa("docker", ["cp", "--follow-link", `${container}:/config/current/.`, directory]);
  chmodSync(parent, 0o755);
  for (const path of ["", ...readdirSync(directory, { recursive: true, encoding: "utf8" })]) chownSync(join(directory, path), uid, uid);
  return directory;
}
