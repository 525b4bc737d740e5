// Files of a test's own, gone after it.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";

/** A directory that is removed after the file's tests; the function tells the path of a file in it. */
export function temporaryDirectory(): (file: string) => string {
  const directory = mkdtempSync(join(tmpdir(), "prosody-stack-unit-"));
  afterAll(() => rmSync(directory, { recursive: true }));
  return (file) => join(directory, file);
}
