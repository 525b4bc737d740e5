// Directories that go into an image: which of their files count, and that the image changes with those only.
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { imageContext } from "../../../platform/image-context.ts";

let root: string;
let contexts: Set<string>;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "prosody-stack-unit-"));
  contexts = new Set();
  put("mods/mod_a.lua", "a");
  put("mods/sub/mod_b/mod_b.lua", "b");
});
afterEach(() => {
  for (const path of [root, ...contexts]) rmSync(path, { recursive: true });
});

function put(path: string, text: string): void {
  mkdirSync(join(root, path, ".."), { recursive: true });
  writeFileSync(join(root, path), text);
}

function context(from = join(root, "mods")) {
  const made = imageContext({ name: "unit-test", directories: [{ from, to: "modules" }] });
  contexts.add(made.path);
  return made;
}

function filesOf(path: string): string[] {
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(path, join(entry.parentPath, entry.name)))
    .toSorted();
}

const files = ["modules/mod_a.lua", "modules/sub/mod_b/mod_b.lua"];

test("all files are there, below the directory's place", () => expect(filesOf(context().path)).toEqual(files));

test.each(["%/mods/", "%//mods", "%/mods/../mods", "%/./mods/.", "%/mods/sub/../"])("the directory may be written %s", (written) => {
  const { path, reference } = context(written.replace("%", root));
  expect(filesOf(path)).toEqual(files);
  expect(reference).toBe(context().reference);
});

test("so may one relative to the project, whichever way it goes", () => {
  const { reference } = context();
  expect(context(relative(".", join(root, "mods"))).reference).toBe(reference);
  expect(context(`./docs/../${relative(".", join(root, "mods"))}`).reference).toBe(reference);
});

test("names that begin with a dot are left out at any depth", () => {
  const { reference } = context();
  for (const hidden of ["mods/.git/FETCH_HEAD", "mods/.luacheckrc", "mods/sub/.hg/store/x.lua", "mods/sub/mod_b/.mod_b.lua.swp"]) put(hidden, "x");
  expect(context().reference).toBe(reference);
  expect(filesOf(context().path)).toEqual(files);
});

test("a directory below a hidden one is looked into when it is the one that is named", () => {
  put(".hidden/mods/mod_a.lua", "a");
  expect(filesOf(context(join(root, ".hidden/mods")).path)).toEqual(["modules/mod_a.lua"]);
});

test("a changed file, name or mode makes another image", () => {
  const references = [context().reference];
  put("mods/mod_a.lua", "changed");
  references.push(context().reference);
  put("mods/mod_c.lua", "");
  references.push(context().reference);
  chmodSync(join(root, "mods/mod_c.lua"), 0o755);
  references.push(context().reference);
  expect(new Set(references).size).toBe(4);
});

test("of a directory with a choice only the chosen files are there, and the image changes with those only", () => {
  const source = { name: "unit-test", directories: [{ from: join(root, "mods"), to: "modules", only: /^sub\/.*\.lua$/ }] };
  const { path, reference } = imageContext(source);
  contexts.add(path);
  expect(filesOf(path)).toEqual(["modules/sub/mod_b/mod_b.lua"]);
  put("mods/mod_a.lua", "changed");
  expect(imageContext(source).reference).toBe(reference);
  put("mods/sub/mod_b/mod_b.lua", "changed");
  const changed = imageContext(source);
  contexts.add(changed.path);
  expect(changed.reference).not.toBe(reference);
});

test("a symbolic link is refused by its name", () => {
  symlinkSync("../mod_a.lua", join(root, "mods/sub/mod_link.lua"));
  expect(() => context()).toThrow(`${join(root, "mods/sub/mod_link.lua")} is a symbolic link`);
});
