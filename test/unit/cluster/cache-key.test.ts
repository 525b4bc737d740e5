// A part of the cluster is built again when what it is built from has changed, and only then.
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { cacheKey, modules } from "../../cluster/cache-key.ts";
import { isOlder, neededGo } from "../../cluster/go.ts";
import { type Part, kubernetesVersion, parts } from "../../cluster/parts.ts";

const part: Part = parts.pause;
let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "cluster-module-"));
  cpSync(join(modules, part.module), directory, { recursive: true });
});
afterEach(() => rmSync(directory, { recursive: true }));

test("the same files have the same key, wherever they are", () => {
  expect(cacheKey(part, directory)).toBe(cacheKey(part));
});

test.each(["go.mod", "main.go", "go.sum"])("another %s means another key", (name) => {
  writeFileSync(join(directory, name), "changed");
  expect(cacheKey(part, directory)).not.toBe(cacheKey(part));
});

test("so do other linker flags and other programs", () => {
  const keys = [part, { ...part, linkerFlags: ["-X a.b=c"] }, { ...part, programs: { pause: "./other" } }].map((one) => cacheKey(one));
  expect(new Set(keys).size).toBe(3);
});

test("every module pins its versions, Kubernetes' is the version that the programs say", () => {
  expect(readdirSync(modules).toSorted()).toEqual([...new Set(Object.values(parts).map(({ module }) => module))].toSorted());
  expect(/^\tk8s\.io\/kubernetes (v\S+)/m.exec(readFileSync(join(modules, "kubernetes/go.mod"), "utf8"))?.[1]).toBe(kubernetesVersion);
});

test.each([
  ["1.19.8", "1.26.0", true],
  ["1.26.8", "1.26.4", false],
  ["1.26.4", "1.26.4", false],
  ["1.26.10", "1.26.4", false],
  ["1.9", "1.26", true],
])("Go %s is older than %s: %s", (one, other, older) => expect(isOlder(one, other)).toBe(older));

test("the Go that is needed is the newest that a module asks for", () => {
  expect(neededGo(["module a\n\ngo 1.24\n", "module b\n\ngo 1.26.4\n", "module c\n\ngo 1.26.0\n"])).toBe("1.26.4");
});
