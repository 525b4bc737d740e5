// The service in its container: how it starts, waits, stops, and shows that it is well.
import { afterAll, beforeAll, expect, test } from "vitest";
import { docker, dockerOutput, eventually } from "./docker.ts";
import { prosodyImage } from "./image.ts";
import { domain, release } from "./release.ts";
import { Site } from "./site.ts";

let site: Site;

beforeAll(async () => {
  site = new Site(await prosodyImage());
  await site.deliver(await release());
  await site.start();
}, 300_000);
afterAll(() => site.remove());

test("the service starts without a warning, and answers", async () => {
  expect((await site.log()).split("\n").filter((line) => /\b(warn|error)\b/.test(line))).toEqual([]);
  expect(await site.log()).toMatch(/mod_stack_reload\s+info\s+Release [0-9a-f]{16}: started/);
});

test("the health command fails when the event loop stands, and costs no line in the log", async () => {
  const health = () => site.exec("lua5.4", "/usr/lib/stack/health.lua");
  const before = await site.log();
  expect(await health()).toEqual({ exitCode: 0, output: "ok" });
  expect(await site.log()).toBe(before);
  // What a loop that has stood for a minute leaves behind; a turning one repairs it within a second.
  const stale = `local lfs = require "lfs"
    lfs.touch("/run/prosody/heartbeat", os.time() - 60)
    dofile "/usr/lib/stack/health.lua"`;
  expect(await site.exec("lua5.4", "-e", stale)).toMatchObject({ exitCode: 1, output: "Prosody has not answered for 60 s" });
  await eventually("the heart beats again", async () => (await health()).exitCode === 0, 5);
});

test("prosodyctl sees the release in force without being told where it is", async () => {
  const { exitCode, output } = await site.exec("prosodyctl", "shell", "host", "list");
  expect(exitCode).toBe(0);
  expect(output).toContain(domain);
});

test("a second instance on the same volumes does not start, and leaves the first one alone", async () => {
  const before = await site.applied();
  const second = await docker([
    "run", "--rm", "--network", "none", "-v", `${site.name}-config:/config:ro`, "-v", `${site.name}-answers:/answers`, site.image,
  ]);
  expect(second.exitCode).toBe(1);
  expect(second.output).toContain("another instance of the service runs on the same volumes");
  expect(await site.applied()).toBe(before);
});

test("a service without a release waits for one, and can be stopped meanwhile", async () => {
  const waiting = new Site(site.image);
  try {
    await waiting.start(false);
    await eventually("it says so", async () => (await waiting.log()).includes("waiting for the first release"));
    expect((await waiting.deliver(await release())).exitCode).toBe(0);
    await eventually("it runs", async () => (await waiting.log()).includes(": started"));
  } finally {
    await waiting.remove();
  }
  const stopped = new Site(site.image);
  try {
    await stopped.start(false);
    await eventually("it says so", async () => (await stopped.log()).includes("waiting for the first release"));
    await dockerOutput(["stop", stopped.name]);
    expect(await dockerOutput(["inspect", "--format", "{{.State.ExitCode}}", stopped.name])).toBe("0");
  } finally {
    await stopped.remove();
  }
});

test("a stopped service ends at once and reads the newest release when it starts", async () => {
  await dockerOutput(["stop", site.name]);
  expect(await dockerOutput(["inspect", "--format", "{{.State.ExitCode}}", site.name])).toBe("0");
  const delivered = await site.deliver(await release("-- while it was down"));
  expect(delivered.last).toBe(`delivered ${delivered.hash}: read at the next start`);
  await dockerOutput(["start", site.name]);
  await eventually("it has answered", async () => {
    return (await site.applied()) === `${delivered.hash} ok started`;
  });
});
