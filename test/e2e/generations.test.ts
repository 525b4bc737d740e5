// Generations of data volumes on a running stack: a new one begins empty, the one before is kept until it is let go of.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { logIn } from "../../ops/xmpp-client.ts";
import { dockerOutput } from "../image/docker.ts";
import { TestStack } from "./stack.ts";

const stack = new TestStack("generations", 27);
const password = "a password of theirs";

beforeAll(async () => {
  await stack.up();
  await stack.createAccount("alice@one.test", password);
});

afterAll(async () => {
  await stack.remove(); // also looks for volumes of any generation
});

/** The data volumes by generation, such as `data-1`. */
async function volumes(): Promise<string[]> {
  const names = await dockerOutput(["volume", "ls", "--format", "{{.Name}}", "--filter", `name=^${stack.namespace}-prosody-`]);
  return names.split("\n").filter((name) => /\d$/.test(name)).map((name) => name.replace(`${stack.namespace}-prosody-`, "")).toSorted();
}

async function use(generation: object): Promise<void> {
  stack.settings = { ...stack.settings, generation };
  await stack.up();
}

const logInAs = (username: string) => logIn({ service: stack.service(), domain: "one.test", username, password });

test("another generation is empty, and the one before is kept", async () => {
  await use({ current: 2, oldest: 1 });
  expect(await volumes()).toEqual(["data-1", "data-2", "uploads-1", "uploads-2"]);
  await expect(logInAs("alice")).rejects.toThrow("not-authorized");
  await stack.createAccount("bob@one.test", password);
  expect(await stack.preview()).toBe("no changes");
});

test("the way back leads to what was there, and leaves what has been since", async () => {
  await use({ current: 1, oldest: 1 });
  await logInAs("alice");
  await expect(logInAs("bob")).rejects.toThrow("not-authorized");
  await use({ current: 2, oldest: 1 });
  await logInAs("bob");
});

test("letting go removes what was before, from the settings too, and no session ends for it", async () => {
  const before = await stack.identity();
  expect(await stack.succeed("xmpp", "restore", "--commit", "--yes")).toContain(`generation 2 is the only one; removed: ${stack.namespace}-prosody-data-1, ${stack.namespace}-prosody-uploads-1`);
  expect(await volumes()).toEqual(["data-2", "uploads-2"]);
  const { config } = JSON.parse(readFileSync(join(stack.directory, `Pulumi.${stack.name}.yaml`), "utf8")) as { config: Record<string, unknown> };
  expect(config["prosody-stack:generation"]).toEqual({ current: 2 });
  expect(await stack.identity()).toEqual(before);
  await logInAs("bob");
  stack.settings = { ...stack.settings, generation: { current: 2 } };
  expect(await stack.succeed("xmpp", "restore", "--cancel", "--yes")).toContain("there is no restore to let go of");
});

test("what was gone back from is let go of like a restore that failed", async () => {
  await use({ current: 1 });
  expect(await volumes()).toEqual(["data-1", "data-2", "uploads-1", "uploads-2"]);
  const without = stack.settings;
  stack.settings = { ...without, backup: { enabled: true } }; // which is all that this is asked for
  const { exitCode, output } = await stack.run("xmpp", "restore", "latest");
  stack.settings = without;
  expect([exitCode, output]).toEqual([1, `error: generation 2: found ${stack.namespace}-prosody-data-2, ${stack.namespace}-prosody-uploads-2, of a restore that has failed or was gone back from; let go of it first (npm run xmpp -- restore --cancel)`]);
  expect(await stack.succeed("xmpp", "restore", "--cancel", "--yes")).toContain("the restore is let go of; removed: ");
  expect(await volumes()).toEqual(["data-1", "uploads-1"]);
  await use({ current: 2 }); // and both are there when all is removed
});
