// What the cluster's side makes of paths and files, and what the program in the image makes of them: the same.
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { keyOf, pathOf } from "../../platform/kubernetes/keys.ts";
import { anyKey, anyPath } from "../setup/release-paths.ts";
import { prosodyImage } from "./image.ts";
import { withModules } from "./modules.ts";
import { Staged } from "./staged.ts";
import { hashOf } from "./watcher.ts";

const staged = new Staged();
let image: string;

beforeAll(async () => {
  image = await prosodyImage();
}, 300_000);
afterAll(() => staged.remove());

/** What the image reads each key as: a path, or "nil". */
function read(keys: readonly string[]): Promise<string[]> {
  const program = `
    local keys = require "deliver.keys"
    for line in io.lines() do
      print((keys.path((line:gsub("%x%x", function (digits) return string.char(tonumber(digits, 16)) end)))))
    end`;
  return withModules(image, program, keys.map((key) => `${Buffer.from(key, "utf8").toString("hex")}\n`).join(""));
}

test("every key is read as the path that it was made of", async () => {
  const paths = fc.sample(anyPath, 2000);
  expect(await read(paths.map(keyOf))).toEqual(paths);
});

test("what is no key for the one is none for the other", async () => {
  const keys = [...fc.sample(anyKey, 5000), "a_C2_85", "a_ED_A0_80", "a_F4_90_80_80", "a_C0_AE", "a_FF", "a_7F", "_F0_9F_98_80"];
  const expected = keys.map((key) => {
    try {
      return pathOf(key);
    } catch {
      return "nil";
    }
  });
  expect(new Set(expected).size).toBeGreaterThan(100);
  expect(await read(keys)).toEqual(expected);
});

test("files have the same hash", async () => {
  const odd = { A: "", a: "x", "a-b": "ü", "a.b": "\0\r\n", "c/d": "€", "c-d": "1", "ü": "2", "～": "3", "😀": "4" };
  const many = Object.fromEntries(fc.sample(fc.tuple(anyPath, fc.string({ unit: "grapheme" })), 200).map(([path, content], index) => [`${index}${path}`, content]));
  for (const files of [odd, many]) {
    staged.put(files);
    const hash = `local tree = require "deliver.tree" print(tree.hash(tree.read { "/staged" }))`;
    expect(await withModules(image, hash, "", "-v", `${staged.directory}:/staged:ro`)).toEqual([hashOf(files)]);
  }
});
