// The name that a release of these files has where it is delivered: the same hash as components/base/deliver/tree.lua makes.
import { createHash } from "node:crypto";

/** SHA-256 over path, NUL, length in decimal, NUL, content of each file, sorted by the bytes of their paths; its first 16 digits. */
export function treeHash(files: readonly { readonly path: string; readonly content: string }[]): string {
  const hash = createHash("sha256");
  const sorted = files.map(({ path, content }) => ({ path: Buffer.from(path, "utf8"), content: Buffer.from(content, "utf8") })).toSorted((a, b) => Buffer.compare(a.path, b.path));
  for (const { path, content } of sorted) hash.update(path).update(`\0${content.length}\0`).update(content);
  return hash.digest("hex").slice(0, 16);
}
