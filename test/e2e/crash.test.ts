// Containers come back by themselves, in any order, with everything that people entrusted to them.
import { execa } from "execa";
import { afterAll, beforeAll, expect, test } from "vitest";
import { docker, dockerOutput, eventually } from "../image/docker.ts";
import { Session } from "./client.ts";
import { Remembered } from "./remembered.ts";
import { TestStack } from "./stack.ts";

const stack = new TestStack("crash", 6);
const remembered = new Remembered(stack);

beforeAll(async () => {
  await stack.up();
  await remembered.entrust();
});

afterAll(async () => {
  await Session.closeAll();
  await stack.remove();
});

async function inspected(format: string): Promise<string> {
  return (await dockerOutput(["inspect", "--format", format, stack.container])).trim();
}

test("Prosody dies: the container is the same, and back with its data", async () => {
  const before = await stack.identity();
  const restarts = Number(await inspected("{{.RestartCount}}"));
  process.kill(Number(await inspected("{{.State.Pid}}")), "SIGKILL"); // not docker kill, which means that somebody wants it gone
  await eventually("the engine has restarted it", async () => Number(await inspected("{{.RestartCount}}")) === restarts + 1);
  expect((await stack.identity()).id).toBe(before.id);
  await remembered.isBack();
});

test("the engine starts its containers in an order of its own, the one-shot last or not at all", async () => {
  await dockerOutput(["stop", ...(await stack.containers())]);
  await dockerOutput(["start", stack.container]);
  await remembered.isBack();
  const { exitCode, output } = await docker(["start", "--attach", await stack.deliveryContainer()]);
  expect(exitCode).toBe(0);
  expect(output).toMatch(/^unchanged [0-9a-f]{16}$/m);
  await remembered.isBack();
});

test("a stopped stack ends cleanly within its grace time, and the next up brings it back", async () => {
  await dockerOutput(["stop", stack.container]);
  expect(await inspected("{{.State.ExitCode}} {{.State.OOMKilled}}")).toBe("0 false");
  const { outputs } = stack;
  await stack.up();
  expect(stack.outputs).toEqual(outputs);
  await remembered.isBack();
});

test("what `docker kill` took down stays down until the next up", async () => {
  await dockerOutput(["kill", stack.container]);
  expect(await inspected("{{.State.Status}} {{.HostConfig.RestartPolicy.Name}}")).toBe("exited unless-stopped");
  await stack.up();
  await remembered.isBack();
});

test("on a fresh volume Prosody waits for its first release, and starts when it comes", async () => {
  await stack.succeed("down");
  await dockerOutput(["volume", "rm", `${stack.container}-config`]);
  // The long-running container alone, as an engine would start it whose one-shot is late.
  const compose = (await docker(["compose", "version"])).exitCode === 0 ? ["docker", "compose"] : ["docker-compose"];
  await execa(compose[0]!, [...compose.slice(1), "--project-name", stack.namespace, "--file", `${stack.renderedDirectory}/compose.yaml`, "up", "--detach", "--no-deps", stack.container]);
  await eventually("it says what it waits for", async () => (await stack.logs()).includes("waiting for the first release"));
  const before = await stack.identity();
  await stack.up();
  expect(await stack.identity()).toEqual(before);
  await remembered.isBack();
});
