// Which images a registry has of this project, as they were pushed: a line for each, `<registry>/<name>:<hash> sha256:…`.
import { existsSync, readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";

/** Digests by the name of the image with its tag. */
export type ImagesLock = ReadonlyMap<string, string>;

/** Relative to the project, where it is committed; the tests' stacks have one of their own. */
export const imagesLockPath = () => process.env.PROSODY_STACK_IMAGES_LOCK || "images.lock";

/** @throws pulumi.RunError that names the line that is none */
export function readImagesLock(path = imagesLockPath()): ImagesLock {
  return existsSync(path) ? parseImagesLock(readFileSync(path, "utf8"), path) : new Map();
}

/** @throws pulumi.RunError that names the line that is none, such as what a merge has left behind */
export function parseImagesLock(text: string, path: string): ImagesLock {
  const lock = new Map<string, string>();
  for (const [index, line] of text.split("\n").entries()) {
    if (line.trim() === "" || line.startsWith("#")) continue;
    const [, name, digest] = /^(\S+\/[a-z0-9._-]+:[0-9a-f]{12}) (sha256:[0-9a-f]{64})$/.exec(line.trimEnd()) ?? [];
    if (name === undefined || digest === undefined) throw new pulumi.RunError(`${path}:${index + 1}: found ${line}, expected an image with its tag and its digest, such as registry.example.org/xmpp/prosody:0123456789ab sha256:…; remove the line and run npm run images -- push`);
    lock.set(name, digest);
  }
  return lock;
}

export function imagesLockText(lock: ImagesLock): string {
  const lines = [...lock].map(([name, digest]) => `${name} ${digest}\n`).toSorted();
  return `# Written by npm run images -- push, to be committed: manifests name images by these digests.\n${lines.join("")}`;
}

/** The lock after a push. Of the repositories that were pushed to, tags go whose content is no stack's any more. */
export function mergedImagesLock(before: ImagesLock, pushed: ImagesLock, current: ReadonlySet<string>): ImagesLock {
  const repositories = new Set([...pushed.keys()].map(repositoryOf));
  const kept = [...before].filter(([name]) => current.has(name) || !repositories.has(repositoryOf(name)));
  return new Map([...kept, ...pushed]);
}

/** An image's name without its tag. */
export function repositoryOf(name: string): string {
  return name.slice(0, name.lastIndexOf(":"));
}
