// The name of a release, as the cluster's side computes it.
import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { treeHash } from "../../../platform/kubernetes/tree-hash.ts";

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex").slice(0, 16);

test("it is a hash over path, length in bytes and content of each file", () => {
  expect(treeHash([{ path: "a/ü", content: "€" }])).toBe(sha256("a/ü\x003\x00€"));
});

test("files count in the order of the bytes of their paths, whatever order they come in", () => {
  // U+FF5E is before U+1F600 in UTF-8, and after it in JavaScript's own order.
  const sorted = ["A", "a", "a-b", "a.b", "a/b", "aB", "ab", "ü", "～", "😀"];
  const expected = sha256(sorted.map((path) => `${path}\x001\x00x`).join(""));
  const shuffled = fc.shuffledSubarray(sorted, { minLength: sorted.length });
  fc.assert(fc.property(shuffled, (paths) => treeHash(paths.map((path) => ({ path, content: "x" }))) === expected));
});

test("it tells where a path, a content or a file ends", () => {
  const trees = [[["a", "bc"]], [["ab", "c"]], [["a", "b"], ["c", ""]], [["a", ""], ["b", "c"]], [["a", "1\x00bc"]]] as const;
  const hashes = trees.map((files) => treeHash(files.map(([path, content]) => ({ path, content }))));
  expect(new Set(hashes).size).toBe(trees.length);
});
