// Images for the cluster's containerd: those of its own parts, and any that Docker has.
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { OperatorError } from "../../ops/errors.ts";
import { baseImage, ensureBaseImage } from "../../ops/image-builds.ts";
import { importImage } from "../../ops/kubernetes/containerd.ts";
import { answers, run } from "../../ops/run.ts";
import { containerd, images, programs, scratchImages } from "./facts.ts";

/** Makes the images of the cluster's own parts, each of one program, and imports those that its containerd does not have. */
export async function ensureImages(): Promise<void> {
  await ensureBaseImage(); // for the pods that make volumes
  await importImage(containerd, baseImage);
  for (const [program, reference] of Object.entries(scratchImages)) {
    const archive = join(images, `${program}.tar`);
    await archiveProgram(program, reference, archive);
    await importImage(containerd, reference, { archive, key: readFileSync(`${archive}.key`, "utf8") });
  }
}

/** Docker builds it and is not needed afterwards. */
async function archiveProgram(program: string, reference: string, archive: string): Promise<void> {
  const key = readFileSync(join(programs, `${program}.key`), "utf8");
  if (existsSync(`${archive}.key`) && readFileSync(`${archive}.key`, "utf8") === key) return;
  const context = mkdtempSync(join(tmpdir(), "cluster-image-"));
  try {
    copyFileSync(join(programs, program), join(context, program));
    writeFileSync(join(context, "Dockerfile"), `FROM scratch\nCOPY ${program} /${program}\nENTRYPOINT ["/${program}"]\n`);
    await must("docker", ["build", "--quiet", "--tag", reference, context]);
    mkdirSync(images, { recursive: true });
    await must("docker", ["save", "--output", archive, reference]);
    writeFileSync(`${archive}.key`, key);
  } finally {
    rmSync(context, { recursive: true });
    await answers("docker", "image", "rm", reference);
  }
}

async function must(program: string, args: readonly string[]): Promise<void> {
  const { exitCode, stderr } = await run(program, args, { env: { ...process.env, DOCKER_BUILDKIT: "0" } });
  if (exitCode !== 0) throw new OperatorError(`${[program, ...args].join(" ")}: ${stderr.trim()}`);
}
