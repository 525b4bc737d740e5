// Files on this machine.
import { readdirSync } from "node:fs";
import { join, relative } from "node:path";

/** Paths of everything below a directory but directories, relative to it, sorted. */
export function filesBelow(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(directory, join(entry.parentPath, entry.name)))
    .toSorted();
}

/** The same, beginning with the directory. */
export function pathsBelow(directory: string): string[] {
  return filesBelow(directory).map((path) => join(directory, path));
}
