// The program that delivers files beside a running service, as on Kubernetes, and those who ask it.
import { chmodSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { treeHash } from "../../platform/kubernetes/tree-hash.ts";
import { docker, dockerOutput, eventually, type Result } from "./docker.ts";
import { prosodyImage } from "./image.ts";
import { release } from "./release.ts";
import { Site } from "./site.ts";
import { Staged } from "./staged.ts";
import type { Files } from "./tar.ts";

const staged = new Staged();
const site = new Site(await prosodyImage());
const watcher = `${site.name}-watcher`;
const program = ["/usr/bin/lua5.4", "/usr/lib/stack/deliver.lua"];
let good: Files;

const hashOf = (files: Files) => treeHash(Object.entries(files).map(([path, content]) => ({ path, content: content as string })));
const verdict = (...args: string[]): Promise<Result> => docker(["exec", watcher, "/usr/bin/lua5.4", "/usr/lib/stack/verdict.lua", ...args]);

function beside(name: string, ...command: string[]): string[] {
  return [
    "run", "--name", name, "--label", site.name, "--read-only", "--cap-drop", "ALL", "--network", "none", "--tmpfs", "/tmp", "--tmpfs", "/run/prosody:uid=5222,gid=5222",
    "-v", `${site.name}-config:/config`, "-v", `${site.name}-answers:/answers`, "-v", `${staged.directory}:/staged/plain:ro`, site.image, ...command,
  ];
}

beforeAll(async () => {
  chmodSync(staged.directory, 0o755);
  good = await release();
  // The service waits; what is staged at first is refused.
  staged.put({ ...good, "prosody.cfg.lua": "This is no configuration\n" });
  await site.start(false);
  await dockerOutput(["run", "--detach", ...beside(watcher, ...program, "--watch", "/staged/plain").slice(1)]);
}, 300_000);

afterAll(async () => {
  await site.remove();
  staged.remove();
});

test("files that are refused at the start leave the service waiting, and better ones start it", async () => {
  const refused = await verdict(hashOf({ ...good, "prosody.cfg.lua": "This is no configuration\n" }), "20");
  expect(refused).toMatchObject({ exitCode: 3, output: expect.stringMatching(/^refused: .*prosody\.cfg\.lua/) as string });
  expect((await verdict()).exitCode).toBe(1);
  staged.put(good);
  const taken = await verdict(hashOf(good), "20");
  expect(taken).toMatchObject({ exitCode: 0, output: expect.stringMatching(/^delivered [0-9a-f]{16}/) as string });
  expect((await verdict()).exitCode).toBe(0);
  await eventually("the service is well", async () => (await site.exec("/usr/bin/lua5.4", "/usr/lib/stack/health.lua")).exitCode === 0);
});

test("a change reaches the running service, which is not started again", async () => {
  const started = await dockerOutput(["inspect", "--format", "{{.State.StartedAt}}", site.name]);
  const next = await release("-- another\n");
  staged.put(next);
  const taken = await verdict(hashOf(next), "20");
  expect(taken).toMatchObject({ exitCode: 0, output: expect.stringContaining("applied without a restart") as string });
  expect(await site.current()).toBe(hashOf(next));
  expect(await dockerOutput(["inspect", "--format", "{{.State.StartedAt}}", site.name])).toBe(started);
  good = next;
});

test("a change that is refused leaves the old release in force, and is not tried again and again", async () => {
  const bad = { ...good, "prosody.cfg.lua": "Nor is this\n" };
  staged.put(bad);
  expect((await verdict(hashOf(bad), "20")).exitCode).toBe(3);
  expect(await site.current()).toBe(hashOf(good));
  const next = await release("-- a good one\n");
  staged.put(next);
  expect((await verdict(hashOf(next), "20")).exitCode).toBe(0);
  const log = await dockerOutput(["logs", watcher]);
  expect(log.split("\n").filter((line) => line.startsWith("refused:"))).toHaveLength(2); // this one and the first
  good = next;
});

test.each(["a_zz", "a_4", "a....b", "x_2F..y", "x_00"])("the key %s is refused by its name", async (key) => {
  staged.putKeys(Object.fromEntries([[key, "x"]]));
  await eventually("it is refused", async () => (await dockerOutput(["logs", "--tail", "1", watcher])).includes(`refused: ${key} is not a name for a file of a release`));
});

test("asked about files that it has not seen, it says what it knows", async () => {
  const answer = await verdict("0123456789abcdef", "1");
  expect(answer.exitCode).toBe(5);
  expect(answer.output).toMatch(/^no word on 0123456789abcdef within 1 s; the last is: refused: /);
});

test("a check puts nothing in force, and says whether it would be taken", async () => {
  const inMemory = ["/tmp", "/run/prosody:uid=5222,gid=5222", "/config:uid=5222,gid=5222"].flatMap((place) => ["--tmpfs", place]);
  const check = () => docker(["run", "--rm", "--label", site.name, "--read-only", ...inMemory, "--network", "none", "-v", `${staged.directory}:/staged/plain:ro`, site.image, ...program, "--check", "/staged/plain"]);
  staged.put(await release("-- checked\n"));
  expect(await check()).toMatchObject({ exitCode: 0, output: expect.stringMatching(/checked [0-9a-f]{16}\n?$/) as string });
  staged.put({ ...good, "prosody.cfg.lua": "Nor is this\n" });
  expect(await check()).toMatchObject({ exitCode: 3, output: expect.stringMatching(/refused: .*prosody\.cfg\.lua/) as string });
});

test("told to stop, it does", async () => {
  await dockerOutput(["stop", "--time", "30", watcher]);
  expect(await dockerOutput(["inspect", "--format", "{{.State.ExitCode}}", watcher])).toBe("143");
});

test("a second service on the same data waits until the first has ended", async () => {
  const other = new Site(site.image);
  try {
    await other.deliver(good);
    // The same data, with a configuration volume of its own.
    await dockerOutput(["run", "--detach", "--name", other.name, "--label", other.name, "--read-only", "--tmpfs", "/tmp", "--tmpfs", "/run/prosody:uid=5222,gid=5222", "-v", `${other.name}-config:/config:ro`, "-v", `${other.name}-answers:/answers`, "-v", `${site.name}-data:/var/lib/prosody`, site.image]);
    await eventually("it waits", async () => (await other.log()).includes("waiting for another instance, which holds /var/lib/prosody/.lock"));
    expect((await other.exec("/usr/bin/lua5.4", "/usr/lib/stack/health.lua")).exitCode).toBe(1);
    await dockerOutput(["stop", site.name]);
    await eventually("it has started", async () => (await other.exec("/usr/bin/lua5.4", "/usr/lib/stack/health.lua")).exitCode === 0);
  } finally {
    await other.remove();
  }
});
