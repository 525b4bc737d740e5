// What a build of an image tells the operator.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { ensureImage } from "../../ops/image-builds.ts";
import { docker } from "./docker.ts";

test("every difference from packages.lock is printed, and nothing else that the build says", async () => {
  const reference = `image-test-differences:${process.pid}`;
  const lines = ["packages.lock: lacks a, the archive has 1", "packages.lock: wanted b 1, the archive has 2"];
  const context = await mkdtemp(join(tmpdir(), "image-test-"));
  const printed = vi.spyOn(process.stdout, "write").mockReturnValue(true);
  try {
    await writeFile(join(context, "Dockerfile"), `FROM debian:trixie-slim\nRUN printf '${lines.join("\\n")}\\n' >&2 && echo fine\n`);
    await ensureImage(reference, context);
    expect(printed.mock.calls.map(([text]) => String(text).trimEnd())).toEqual([`${reference}: building`, ...lines]);
  } finally {
    printed.mockRestore();
    await docker(["image", "rm", "--force", reference]);
    await rm(context, { recursive: true });
  }
});
