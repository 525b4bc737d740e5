// The renderer's store: what it keeps, and that it is there whole or not at all.
import { chmodSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Store, writePrivate } from "../../../render/store.ts";

let directory: string;
let path: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "prosody-stack-unit-"));
  path = join(directory, "state/resources.json");
});
afterEach(() => rmSync(directory, { recursive: true }));

const mode = (file: string) => (statSync(file).mode & 0o777).toString(8);
const content = () => JSON.parse(readFileSync(path, "utf8")) as unknown;

test("what was made once is kept for the next run", async () => {
  const store = new Store(path);
  const create = vi.fn(() => ({ result: "one" }));
  expect(await store.keep("a", { length: 1 }, create)).toEqual({ result: "one" });
  expect(await store.keep("a", { length: 1 }, create)).toEqual({ result: "one" });
  store.save({ forget: false });
  expect(await new Store(path).keep("a", { length: 1 }, create)).toEqual({ result: "one" });
  expect(create).toHaveBeenCalledTimes(1);
});

test("other inputs mean a new one, and so does one that is no longer valid", async () => {
  const store = new Store(path);
  await store.keep("a", { length: 1 }, () => ({ result: 1 }));
  expect(await store.keep("a", { length: 2 }, () => ({ result: 2 }))).toEqual({ result: 2 });
  expect(await store.keep("a", { length: 2 }, () => ({ result: 3 }), ({ result }) => result !== 2)).toEqual({ result: 3 });
  expect(await store.keep("a", { length: 2 }, () => ({ result: 4 }), ({ result }) => result === 3)).toEqual({ result: 3 });
});

test("the file is sorted, and holds what each was made from", async () => {
  const store = new Store(path);
  for (const name of ["c", "b", "a"]) await store.keep(name, { of: name }, () => ({ result: name }));
  store.save({ forget: false });
  expect(Object.keys(content() as object)).toEqual(["a", "b", "c"]);
  expect(content()).toMatchObject({ b: { inputs: '{"of":"b"}', state: { result: "b" } } });
});

test("what a run did not ask for is forgotten once its result is in force, and not before", async () => {
  const store = new Store(path);
  for (const name of ["a", "b"]) await store.keep(name, {}, () => ({ result: name }));
  store.save({ forget: false });
  const later = new Store(path);
  await later.keep("a", {}, () => ({ result: "another" }));
  later.save({ forget: false });
  expect(Object.keys(content() as object)).toEqual(["a", "b"]);
  later.save({ forget: true });
  expect(Object.keys(content() as object)).toEqual(["a"]);
});

test("a failure to make one leaves no trace", async () => {
  const store = new Store(path);
  await expect(store.keep("a", {}, () => Promise.reject(new Error("no entropy")))).rejects.toThrow("no entropy");
  store.save({ forget: false });
  expect(content()).toEqual({});
});

test("only its owner reads the file and its directory, whatever they were before and whatever the umask", () => {
  const umask = process.umask(0);
  try {
    writePrivate(path, "old");
    chmodSync(path, 0o644);
    chmodSync(join(directory, "state"), 0o755);
    writePrivate(path, "new");
  } finally {
    process.umask(umask);
  }
  expect(readFileSync(path, "utf8")).toBe("new");
  expect([mode(path), mode(join(directory, "state"))]).toEqual(["600", "700"]);
  expect(readdirSync(join(directory, "state"))).toEqual(["resources.json"]);
});

// The process is killed right before the call that is named, by itself, so that it happens every time.
test.each(["writeSync", "fsyncSync", "closeSync", "renameSync"])("a run that is killed before %s leaves the old file", async (call) => {
  writePrivate(path, "old");
  const program = `
    import fs from "node:fs";
    import { syncBuiltinESMExports } from "node:module";
    fs[${JSON.stringify(call)}] = () => process.kill(process.pid, "SIGKILL");
    syncBuiltinESMExports();
    const { writePrivate } = await import(${JSON.stringify(join(process.cwd(), "render/store.ts"))});
    writePrivate(${JSON.stringify(path)}, "new".repeat(100000));
    throw new Error("not killed");`;
  const { signal } = await execa(process.execPath, ["--input-type=module", "--eval", program], { reject: false });
  expect(signal).toBe("SIGKILL");
  expect(readFileSync(path, "utf8")).toBe("old");
  writePrivate(path, "next");
  expect(readFileSync(path, "utf8")).toBe("next");
});

test("a store that was damaged is an error, not a fresh start", () => {
  writePrivate(path, "{ not JSON");
  expect(() => new Store(path)).toThrow(`${path}: found no valid JSON, expected the stack's passwords and keys; restore the file from a backup`);
});

test("nothing is written before it is saved", async () => {
  await new Store(path).keep("a", {}, () => ({}));
  expect(existsSync(path)).toBe(false);
  expect(readdirSync(directory)).toEqual([]);
});
