// Images of the cluster's own programs: each is one file in an otherwise empty root, packed as Docker saves an image.
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { OperatorError } from "../../ops/errors.ts";
import { run } from "../../ops/run.ts";
import { builtProgram, cacheKey } from "./cache-key.ts";
import { importArchive } from "./containerd.ts";
import { type Part, parts } from "./parts.ts";
import { places } from "./places.ts";

const ofParts = { pause: parts.pause, coredns: parts.coredns, "local-path-provisioner": parts.localPathProvisioner, "volume-directory": parts.volumeDirectory } as const;

type ProgramImage = keyof typeof ofParts;

/** The image's name, another one whenever the program is built from something else. */
export function imageReference(program: ProgramImage): string {
  return `localhost/prosody-cluster/${program}:${cacheKey(ofParts[program])}`;
}

/** Packs the images that are not packed yet, and gives them to the cluster's containerd. */
export async function ensureProgramImages(): Promise<void> {
  mkdirSync(places.images, { recursive: true });
  const paths = Object.entries(ofParts).map(([program, part]) => ({ program, part, path: join(places.images, `${program}-${cacheKey(part)}.tar`) }));
  for (const { program, part, path } of paths) {
    if (!existsSync(path)) await pack(program as ProgramImage, part, path);
    await importArchive(imageReference(program as ProgramImage), path);
  }
  const kept = new Set(paths.map(({ path }) => basename(path)));
  for (const name of readdirSync(places.images)) if (!kept.has(name)) rmSync(join(places.images, name), { recursive: true });
}

async function pack(program: ProgramImage, part: Part, path: string): Promise<void> {
  const directory = mkdtempSync(join(places.images, "unfinished-"));
  const at = (name: string) => join(directory, name);
  mkdirSync(at("root"));
  copyFileSync(builtProgram(part, program), at(`root/${program}`));
  await tar(at("layer.tar"), at("root"), program);
  const digest = createHash("sha256").update(readFileSync(at("layer.tar"))).digest("hex");
  writeFileSync(at("config.json"), JSON.stringify(imageConfiguration(program, digest)));
  writeFileSync(at("manifest.json"), JSON.stringify([{ Config: "config.json", RepoTags: [imageReference(program)], Layers: ["layer.tar"] }]));
  await tar(at("image.tar"), directory, "manifest.json", "config.json", "layer.tar");
  renameSync(at("image.tar"), path);
  rmSync(directory, { recursive: true });
}

function imageConfiguration(program: string, digest: string): object {
  return {
    architecture: { x64: "amd64" }[process.arch as string] ?? process.arch,
    os: "linux",
    config: { Entrypoint: [`/${program}`], Env: ["PATH=/"], WorkingDir: "/" },
    rootfs: { type: "layers", diff_ids: [`sha256:${digest}`] },
    history: [{ created_by: "test/cluster/program-images.ts" }],
  };
}

/** Packs files below a directory so that the same ones always give the same archive. */
async function tar(archive: string, directory: string, ...names: string[]): Promise<void> {
  const { exitCode, stderr } = await run("tar", ["--create", "--file", archive, "--directory", directory, "--sort=name", "--mtime=@0", "--owner=0", "--group=0", "--numeric-owner", ...names]);
  if (exitCode !== 0) throw new OperatorError(`${archive}: cannot be written: ${stderr.trim()}`);
}
