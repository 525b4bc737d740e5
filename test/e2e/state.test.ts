// What an operator could lose by a mistake: passwords over old data, data that is said to be gone, a service for a port.
import { existsSync, renameSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { logIn } from "../../ops/xmpp-client.ts";
import { dockerOutput } from "../image/docker.ts";
import { TestStack } from "./stack.ts";

const stack = new TestStack("state", 15);
const login = () => logIn({ service: stack.service(), domain: "one.test", username: "admin", password: stack.outputs.adminPassword });
/** The last line of an `up` that has to fail. */
async function refusal(command = "up", ...options: string[]): Promise<string> {
  const { exitCode, output } = await stack.run(command, ...options);
  expect(exitCode).toBe(1);
  expect(output).not.toMatch(/^\s+at /m);
  return output.trim().split("\n").at(-1)!;
}

beforeAll(async () => void (await stack.up()));
afterAll(() => stack.remove());

test("a port that something else has leaves the running service alone", async () => {
  const before = await stack.identity();
  const server = createServer();
  await new Promise<void>((listening) => server.listen(stack.ports.https + 1, "127.0.0.1", listening));
  stack.settings.publish = { ...stack.ports, https: stack.ports.https + 1 };
  expect(await refusal()).toContain(`publish.https: port ${stack.ports.https + 1} of 127.0.0.1 is in use`);
  await new Promise((closed) => server.close(closed));
  stack.settings.publish = stack.ports;
  expect(await stack.identity()).toEqual(before);
  await login();
});

test("another namespace is refused while the stack is up", async () => {
  stack.settings.namespace = "another";
  expect(await refusal()).toContain(`namespace: found another, and the stack is up as ${stack.namespace}; take it down first`);
  delete stack.settings.namespace;
});

test("old data without its passwords is refused, and goes on with them", async () => {
  await stack.succeed("down");
  const aside = `${stack.stateDirectory}.aside`;
  renameSync(stack.stateDirectory, aside);
  expect(await refusal()).toContain(`has data (volume ${stack.namespace}-prosody-data-1) and no passwords and keys in ${stack.stateDirectory}`);
  rmSync(stack.stateDirectory, { recursive: true, force: true }); // the lock of the refused run
  renameSync(aside, stack.stateDirectory);
  await stack.up();
  await login();
});

test("down takes what is up, whatever the settings say by now", async () => {
  const { settings } = stack;
  stack.settings = { nonsense: true };
  await stack.succeed("down");
  expect(await stack.containers()).toEqual([]);
  stack.settings = settings;
  await stack.up();
});

test("data that cannot be removed is not said to be gone, and its passwords stay", async () => {
  const volume = `${stack.namespace}-prosody-data-1`;
  const holder = (await dockerOutput(["create", "--volume", `${volume}:/v`, "debian:trixie-slim", "true"])).trim();
  try {
    expect(await refusal("down", "--data", "--yes")).toContain(`the data is still there: volume ${volume} is in use by something else`);
    expect(existsSync(join(stack.stateDirectory, "resources.json"))).toBe(true);
  } finally {
    await dockerOutput(["rm", holder]);
  }
  await stack.up();
  await login();
});
