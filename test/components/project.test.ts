// The rendered project as a directory: who may read what of it, and which directories it does not take the place of.
import { lstatSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { beforeAll, expect, test } from "vitest";
import { type Rendered, writeProject } from "../../render/render.ts";
import { filesBelow } from "../setup/files.ts";
import { directoryOfTest, rendered } from "./stack.ts";

let project: Rendered;

beforeAll(async () => {
  project = await rendered();
});

const mode = (path: string) => (lstatSync(path).mode & 0o777).toString(8);

function directoriesBelow(directory: string): string[] {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isDirectory());
  return [directory, ...entries.map((entry) => join(entry.parentPath, entry.name))];
}

test.each([0o077, 0o027, 0o000])("modes are the same whatever the umask: %o", (umask) => {
  const out = join(directoryOfTest(), "out");
  const before = process.umask(umask);
  try {
    writeProject(project, out);
    expect(process.umask()).toBe(umask);
  } finally {
    process.umask(before);
  }
  // The container's user, who is not the one that renders, goes through the directories to its files.
  const mounted = ["files", "secrets"].flatMap((name) => directoriesBelow(join(out, name)));
  expect(mounted.length).toBeGreaterThan(8);
  expect(mounted.map((path) => [path, mode(path)])).toEqual(mounted.map((path) => [path, "755"]));
  for (const [name, expected] of [["files", "644"], ["secrets", "600"]] as const) {
    const paths = filesBelow(join(out, name));
    expect(paths.length).toBeGreaterThan(1);
    expect(paths.map((path) => [path, mode(join(out, name, path))])).toEqual(paths.map((path) => [path, expected]));
  }
});

test.each(["", "/", "//", "/."])("a directory with something else in it is refused, and left as it was; named with %j at its end", (end) => {
  const parent = directoryOfTest();
  const directory = join(parent, "out");
  mkdirSync(join(directory, "files"), { recursive: true });
  writeFileSync(join(directory, "compose.yaml"), "mine");
  writeFileSync(join(directory, "files/mine"), "mine too");
  let message = "";
  try {
    writeProject(project, directory + end);
  } catch (error) {
    expect(error).toBeInstanceOf(pulumi.RunError);
    ({ message } = error as Error);
  }
  expect(message).toMatch(/^\S+\/out: found .+, expected .+$/); // one line: a dot is no line break
  expect(message.startsWith(`${directory}: `)).toBe(true);
  expect(filesBelow(directory)).toEqual(["compose.yaml", "files/mine"]);
  expect(readFileSync(join(directory, "compose.yaml"), "utf8")).toBe("mine");
  expect(readdirSync(parent)).toEqual(["out"]);
});

test("a file in its place is refused, and left as it was", () => {
  const out = join(directoryOfTest(), "out");
  writeFileSync(out, "mine");
  expect(() => writeProject(project, out)).toThrow(pulumi.RunError);
  expect(readFileSync(out, "utf8")).toBe("mine");
});

test("beside it, too: what is named as the project to come or the one before, and is something else, is left as it was", () => {
  for (const name of ["out.incoming", "out.previous"]) {
    const parent = directoryOfTest();
    mkdirSync(join(parent, name));
    writeFileSync(join(parent, name, "mine"), "");
    expect(() => writeProject(project, join(parent, "out"))).toThrow(join(parent, name));
    expect(filesBelow(parent)).toEqual([`${name}/mine`]);
  }
});

test.each(["", "/"])("an empty directory and one that render has written are taken; named with %j at its end", (end) => {
  const parent = directoryOfTest();
  const directory = join(parent, "out");
  mkdirSync(directory);
  writeProject(project, directory + end);
  const paths = filesBelow(directory);
  expect(paths).toContain(".prosody-stack");
  writeFileSync(join(directory, "left-over"), "");
  writeProject(project, directory + end);
  expect(filesBelow(directory)).toEqual(paths);
  expect(readdirSync(parent)).toEqual(["out"]);
});

test("a run that was killed at any point of it is followed by one that works", () => {
  const parent = directoryOfTest();
  const directory = join(parent, "out");
  for (const name of ["out.incoming", "out.previous"]) writeProject(project, join(parent, name));
  writeProject(project, directory);
  expect(readdirSync(parent)).toEqual(["out"]);
});
