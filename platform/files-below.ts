// Which files of a directory count, for whoever builds them into something and for whoever checks them beforehand.
import { readdirSync } from "node:fs";
import { join, relative } from "node:path";

export interface FilesBelow {
  /** Paths of the regular files below the directory, sorted. */
  readonly files: readonly string[];
  /** Paths of the symbolic links: copied they would point elsewhere or nowhere, so nobody takes them. */
  readonly links: readonly string[];
}

/** The files below a directory, but for names that begin with a dot (`.git`, editors' files) at any depth. */
export function filesBelow(directory: string): FilesBelow {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true })
    .map((entry) => ({ entry, path: relative(directory, join(entry.parentPath, entry.name)) }))
    .filter(({ path }) => !path.split("/").some((name) => name.startsWith(".")))
    .toSorted((a, b) => (a.path < b.path ? -1 : 1));
  return {
    files: entries.filter(({ entry }) => entry.isFile()).map(({ path }) => path),
    links: entries.filter(({ entry }) => entry.isSymbolicLink()).map(({ path }) => path),
  };
}
