// The first process of a container that runs to its end: its status, its deadline, and being told to stop.
import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { docker, dockerOutput, eventually } from "./docker.ts";
import { prosodyImage } from "./image.ts";

const command = async (seconds: number, program: string) => [await prosodyImage(), "/usr/bin/lua5.4", "/usr/lib/stack/run-once.lua", String(seconds), "/usr/bin/lua5.4", "-e", program];
const run = async (seconds: number, program: string) => docker(["run", "--rm", "--network", "none", ...(await command(seconds, program))]);
const endless = 'io.stdout:setvbuf("line") print("begun") while true do require("posix.unistd").sleep(100) end';

test.each([
  ["its end", 'print("done")', { exitCode: 0, output: "done" }],
  ["its failure", 'print("no backup") os.exit(3)', { exitCode: 3, output: "no backup" }],
  ["what killed it", 'require("posix.signal").kill(require("posix.unistd").getpid(), 9)', { exitCode: 137, output: "" }],
])("has the status of the program: %s", async (_, program, expected) => {
  expect(await run(60, program)).toEqual(expected);
});

test("what takes longer than it may is ended, with its children", async () => {
  expect(await run(1, `require("posix.unistd").fork() ${endless}`)).toEqual({ exitCode: 124, output: "begun\nbegun\nnot done within 1 s" });
});

test("a program that is not there says so", async () => {
  const [image, ...start] = await command(60, "");
  const { exitCode, output } = await docker(["run", "--rm", "--network", "none", image!, ...start.slice(0, 3), "/nowhere"]);
  expect([exitCode, output]).toEqual([127, expect.stringContaining("/nowhere")]);
});

test("told to stop, it tells the program", async () => {
  const name = `image-test-${randomUUID().slice(0, 8)}`;
  const trap = `require("posix.signal").signal(15, function () print("told") os.exit(0) end) ${endless}`;
  await dockerOutput(["run", "--detach", "--name", name, "--network", "none", ...(await command(60, trap))]);
  try {
    await eventually("it has begun", async () => (await dockerOutput(["logs", name])) === "begun");
    await dockerOutput(["stop", "--time", "20", name]);
    expect(await dockerOutput(["logs", name])).toBe("begun\ntold");
    expect(await dockerOutput(["inspect", "--format", "{{.State.ExitCode}}", name])).toBe("0");
  } finally {
    await docker(["rm", "--force", name]);
  }
});
