// The name of a release before it is delivered: what components/base/deliver/tree.lua makes of the same files.
import { createHash } from "node:crypto";

/** SHA-256 over path, NUL, length in decimal, NUL, content of each file, sorted by the bytes of the paths; its first 16 digits. */
export function treeHash(files: readonly { readonly path: string; readonly content: string }[]): string {
  const hash = createHash("sha256");
  const encoded = files.map(({ path, content }) => ({ path: Buffer.from(path, "utf8"), content: Buffer.from(content, "utf8") }));
  for (const { path, content } of encoded.toSorted((a, b) => Buffer.compare(a.path, b.path))) {
    hash.update(path).update(`\0${content.length}\0`).update(content);
  }
  return hash.digest("hex").slice(0, 16);
}
