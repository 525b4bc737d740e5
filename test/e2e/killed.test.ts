// An `up` that is killed, wherever it was, and then repeated: ends in a login, with the same passwords and keys.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { logIn } from "../../ops/xmpp-client.ts";
import { docker, eventually } from "../image/docker.ts";
import { TestStack } from "./stack.ts";

const stack = new TestStack("killed", 5);
const resources = join(stack.stateDirectory, "resources.json");

afterEach(() => stack.remove());

/** An `up` that gets as far as the login, and never further. */
function startUp() {
  process.env.NODE_OPTIONS = "--import=./test/e2e/no-connections.ts";
  try {
    return stack.start("up");
  } finally {
    delete process.env.NODE_OPTIONS;
  }
}

type Condition = (output: string) => boolean | Promise<boolean>;
const points: [string, Condition][] = [
  ["passwords and keys have just been written", () => existsSync(resources)],
  ["the containers are being made", async () => (await docker(["container", "inspect", await anyContainer()])).exitCode === 0],
  ["it waits for the login", (output) => output.includes("login: waiting")],
];

async function anyContainer(): Promise<string> {
  return (await stack.containers())[0] ?? "none-yet";
}

test.each(points)("killed when %s", async (_name, reached) => {
  const first = startUp();
  let output = "";
  first.all.on("data", (chunk: Buffer) => (output += chunk.toString()));
  await eventually("the point to kill it at", async () => reached(output));
  first.kill("SIGKILL");
  expect((await first).signal).toBe("SIGKILL");
  expect(output).not.toContain("login: works");
  const written = JSON.parse(readFileSync(resources, "utf8")) as Record<string, unknown>;

  await stack.up();
  expect(JSON.parse(readFileSync(resources, "utf8"))).toEqual(written);
  const { adminPassword } = stack.outputs;
  expect(JSON.stringify(written)).toContain(`"${adminPassword}"`);
  await logIn({ service: stack.service(true), domain: "one.test", username: "admin", password: adminPassword });
  expect(await stack.preview()).toBe("no changes");
});
