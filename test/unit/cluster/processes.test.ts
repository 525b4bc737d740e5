// A process of the cluster is known by more than its number, which another one may have later.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { once } from "node:events";
import { afterEach, beforeEach, expect, test } from "vitest";
import { identityOf } from "../../../ops/lock.ts";
import { processOf } from "../../cluster/processes.ts";

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "cluster-processes-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

function record(text: string): void {
  writeFileSync(join(directory, "some"), text);
}

test("one that was never started does not run", () => expect(processOf("some", directory)).toBeUndefined());

test("one that lives runs", () => {
  record(identityOf(process.pid)!);
  expect(processOf("some", directory)).toBe(process.pid);
});

test("another process with its number is not it", () => {
  record(identityOf(process.pid)!.replace(/\d+$/, (start) => String(Number(start) - 1)));
  expect(processOf("some", directory)).toBeUndefined();
});

test("nor is one of before the machine's last start", () => {
  record(identityOf(process.pid)!.replace(/ \S+ /, " 00000000-0000-0000-0000-000000000000 "));
  expect(processOf("some", directory)).toBeUndefined();
});

test("one that has ended does not run", async () => {
  const child = spawn("sleep", ["60"]);
  record(identityOf(child.pid!)!);
  expect(processOf("some", directory)).toBe(child.pid);
  child.kill();
  await once(child, "exit");
  expect(processOf("some", directory)).toBeUndefined();
});

test("a record that was cut short is of nobody", () => {
  record("");
  expect(processOf("some", directory)).toBeUndefined();
});
