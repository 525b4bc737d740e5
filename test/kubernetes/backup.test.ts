// Backups on a cluster: of PostgreSQL through its pod, proven by a drill, and brought back into new claims beside the service.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Session } from "../e2e/client.ts";
import { Remembered } from "../e2e/remembered.ts";
import { ClusterStack } from "./cluster-stack.ts";

const stack = new ClusterStack("kube-backup", 16, { database: "postgresql", backup: { enabled: true }, storage: { data: "64MiB", uploads: "64MiB", database: "512MiB", backup: "512MiB" } });
const remembered = new Remembered(stack, 60);

beforeAll(async () => {
  await stack.up();
  await remembered.entrust();
}, 400_000);

afterAll(async () => {
  await Session.closeAll();
  await stack.remove();
});

test("one is made, listed, and proven by a drill in the pod, while the service goes on", async () => {
  const before = await stack.identity();
  expect(await stack.succeed("xmpp", "backup", "now")).toMatch(/^the repository on the volume has it\nbackup \d{8}T\d{6}Z: done$/);
  expect(JSON.parse(await stack.succeed("xmpp", "backup", "list", "--json"))).toHaveLength(1);
  expect(await stack.ask("exec", "backup-0", "--container", "backup", "--", "/usr/bin/python3", "-m", "stack_backup", "drill")).toMatch(/^drill of \d{8}T\d{6}Z: passed$/m);
  expect(await stack.identity()).toEqual(before);
});

test("restored, everybody has what they had, in new claims; the old ones go when they are let go of", async () => {
  await stack.createAccount("late@one.test", "a password of theirs");
  expect(await stack.succeed("xmpp", "restore", "latest")).toContain("is restored: generation 2 of the data is in use.");
  const { config } = JSON.parse(readFileSync(join(stack.directory, `Pulumi.${stack.name}.yaml`), "utf8")) as { config: Record<string, unknown> };
  stack.settings = { ...stack.settings, generation: config["prosody-stack:generation"] };
  await remembered.isBack();
  const claims = async () => (await stack.ask("get", "persistentvolumeclaims", "--output", "name")).trim().split("\n").map((name) => name.replace(/^.*\//, "")).toSorted();
  const second = ["postgres-data-2", "prosody-data-2", "prosody-uploads-2"];
  expect(await claims()).toEqual(["backup-repository-1", "postgres-data-1", "prosody-data-1", "prosody-uploads-1", ...second].toSorted());
  await stack.succeed("xmpp", "restore", "--commit", "--yes");
  expect(await claims()).toEqual(["backup-repository-1", ...second]);
  await remembered.isBack();
});
