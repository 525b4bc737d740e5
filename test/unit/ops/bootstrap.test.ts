// The first step of every npm script, with stand-ins for npm, npx and node that write down how they were called.
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterEach, beforeEach, expect, test } from "vitest";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "bootstrap-"));
  for (const name of ["ops", "bin", "node_modules"]) mkdirSync(join(directory, name));
  copyFileSync("ops/bootstrap.sh", join(directory, "ops/bootstrap.sh"));
  writeFileSync(join(directory, "package-lock.json"), "{}");
});
afterEach(() => rmSync(directory, { recursive: true }));

/** What was called, a line each. */
async function calls(npmVersion: string): Promise<string[]> {
  for (const name of ["npm", "npx", "node"]) {
    const path = join(directory, "bin", name);
    writeFileSync(path, `#!/bin/sh\nif [ "$1" = --version ]; then echo ${npmVersion}; exit; fi\necho ${name} "$@" >> ${directory}/calls\n`);
    chmodSync(path, 0o755);
  }
  await execa("sh", [join(directory, "ops/bootstrap.sh"), "ops/main.ts", "up"], { env: { PATH: `${directory}/bin:${process.env.PATH}` } });
  return readFileSync(join(directory, "calls"), "utf8").trim().split("\n");
}

test.each(["10.0.0", "11.19.1"])("npm %s installs the packages, once", async (version) => {
  expect(await calls(version)).toEqual(["npm ci --no-audit --no-fund --loglevel=error", "node --disable-warning=ExperimentalWarning ops/main.ts up"]);
  rmSync(join(directory, "calls"));
  expect(await calls(version)).toEqual(["node --disable-warning=ExperimentalWarning ops/main.ts up"]);
});

test("Debian's npm 9, which fails for a package that links to a directory of its own, has a newer one do it", async () => {
  expect((await calls("9.2.0"))[0]).toMatch(/^npx --yes npm@1\d\.\d+\.\d+ ci --no-audit --no-fund --loglevel=error$/);
});
