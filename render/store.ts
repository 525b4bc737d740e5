// What has to be the same at the next run: passwords, keys, certificates. A file only its owner reads, replaced as one.
import { chmodSync, closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import * as pulumi from "@pulumi/pulumi";

export interface StoredResource {
  /** The inputs it was made from; others mean a new one. */
  readonly inputs: string;
  readonly state: Readonly<Record<string, unknown>>;
}

export class Store {
  private readonly path: string;
  private readonly resources: Record<string, StoredResource>;
  private readonly used = new Set<string>();

  constructor(path: string) {
    this.path = path;
    this.resources = existsSync(path) ? readStored(path) : {};
  }

  /** The stored state of a resource, or a new one when there is none, its inputs changed or it is no longer `valid`. */
  async keep(
    name: string,
    inputs: unknown,
    create: () => Record<string, unknown> | Promise<Record<string, unknown>>,
    valid: (state: Readonly<Record<string, unknown>>) => boolean = () => true,
  ): Promise<Readonly<Record<string, unknown>>> {
    this.used.add(name);
    const text = JSON.stringify(inputs);
    const stored = this.resources[name];
    if (stored?.inputs === text && valid(stored.state)) return stored.state;
    const state = await create();
    this.resources[name] = { inputs: text, state };
    return state;
  }

  /**
   * Writes the store.
   *
   * @param forget leaves out what this run did not ask for; only once the run's result is in force
   */
  save({ forget }: { readonly forget: boolean }): void {
    const kept = Object.fromEntries(Object.entries(this.resources).filter(([name]) => !forget || this.used.has(name)).toSorted());
    writePrivate(this.path, `${JSON.stringify(kept, null, 2)}\n`);
  }
}

function readStored(path: string): Record<string, StoredResource> {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Record<string, StoredResource>;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new pulumi.RunError(`${path}: found no valid JSON, expected the stack's passwords and keys; restore the file from a backup`);
  }
}

/** Writes a file of mode 0600 that is there whole or not at all, even after a crash. */
export function writePrivate(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  chmodSync(dirname(path), 0o700);
  const incoming = `${path}.${process.pid}`;
  const file = openSync(incoming, "w", 0o600);
  writeSync(file, text);
  fsyncSync(file);
  closeSync(file);
  renameSync(incoming, path);
}
