// The image whose Prosody the tests ask: the one in PROSODY_IMAGE, or a plain Debian with the same packages.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";

const fallback = "config-test/prosody:local";
const packages =
  "prosody prosody-modules lua-dbi-sqlite3 lua-lsqlite3 lua-dbi-postgresql lua-unbound lua-luaossl lua-ldap ca-certificates";
const dockerfile = `FROM debian:trixie-slim
RUN apt-get update && apt-get install -y --no-install-recommends ${packages} && rm -rf /var/lib/apt/lists/*
`;

/** The reference of an image with Prosody in it, built if there is none yet. */
export async function prosodyImage(): Promise<string> {
  const given = process.env["PROSODY_IMAGE"];
  if (given) return given;
  const { exitCode } = await execa("docker", ["image", "inspect", fallback], { reject: false, stdout: "ignore" });
  if (exitCode === 0) return fallback;
  const context = await mkdtemp(join(tmpdir(), "prosody-image-"));
  try {
    await writeFile(join(context, "Dockerfile"), dockerfile);
    await execa("docker", ["build", "-t", fallback, context], { env: { DOCKER_BUILDKIT: "0" } });
  } finally {
    await rm(context, { recursive: true });
  }
  return fallback;
}
