// The program that delivers beside a running service for as long as it runs, as on Kubernetes.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { dockerOutput, eventually } from "./docker.ts";
import { imageSources, prosodyImage } from "./image.ts";
import { adminPassword, certificate, domain, release } from "./release.ts";
import { Site } from "./site.ts";
import type { Files } from "./tar.ts";
import { Watcher, hashOf } from "./watcher.ts";

const bad = (files: Files): Files => ({ ...files, "prosody.cfg.lua": `${files["prosody.cfg.lua"] as string}\nx = = 1\n` });
const refusal = /^refused: .*prosody\.cfg\.lua:\d+: unexpected symbol/;
const patience = 5; // seconds: longer than an answer takes on a busy machine
let scratch: string;
let site: Site;
let watcher: Watcher;
let inForce: Files;

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), "image-test-"));
  const recipe = await readFile(join(imageSources, "service.lua"), "utf8");
  expect(recipe).toContain("answer_timeout = 60");
  await writeFile(join(scratch, "service.lua"), recipe.replace("answer_timeout = 60", `answer_timeout = ${patience}; retry_after = 2`));
  site = new Site(await prosodyImage());
  site.useRecipe(join(scratch, "service.lua"));
  watcher = new Watcher(site);
  inForce = await release();
}, 300_000);

afterAll(async () => {
  await site.remove();
  watcher.remove();
  await rm(scratch, { recursive: true });
});

const startedAt = () => dockerOutput(["inspect", "--format", "{{.State.StartedAt}}", site.name]);
const refusals = async () => (await watcher.log()).filter((line) => line.startsWith("refused:")).length;

/** Stages a good release, and waits until it is in force. */
async function deliver(files: Files): Promise<string> {
  watcher.put(files);
  const { exitCode, output } = await watcher.verdict(files);
  expect(exitCode, output).toBe(0);
  inForce = files;
  return output;
}

test("files that are refused at the start leave the service waiting, and the log ends with the reason", async () => {
  watcher.put(bad(inForce));
  await site.start(false);
  await watcher.start();
  expect(await watcher.verdict(bad(inForce))).toEqual({ exitCode: 3, output: expect.stringMatching(refusal) as string });
  expect((await watcher.log()).at(-1)).toMatch(refusal);
  expect(await watcher.ask()).toEqual({ exitCode: 1, output: expect.stringMatching(/^no release is in force; the last verdict is on [0-9a-f]{16}: refused: /) as string });
  await eventually("the service waits", async () => (await site.log()).includes("waiting for the first release"));
});

test("better files start it", async () => {
  expect(await deliver(inForce)).toBe(`delivered ${hashOf(inForce)}: read at the next start`);
  expect(await watcher.ask()).toEqual({ exitCode: 0, output: "" });
  await eventually("the service is well", async () => (await site.exec("/usr/bin/lua5.4", "/usr/lib/stack/health.lua")).exitCode === 0);
});

test("a change reaches the running service within seconds, and it is not started again", async () => {
  const before = await startedAt();
  for (let round = 0; round < 3; round++) {
    const next = await release(`-- ${round}`);
    const asked = watcher.verdict(next, 2 * patience);
    watcher.put(next);
    expect(await asked).toEqual({ exitCode: 0, output: `delivered ${hashOf(next)}: applied without a restart` });
    expect(await site.applied()).toBe(`${hashOf(next)} ok applied without a restart`);
    inForce = next;
  }
  expect(await startedAt()).toBe(before);
});

test("what changes in both directories is taken together", async () => {
  const before = await refusals();
  for (let round = 0; round < 3; round++) await deliver(await release("", await certificate(domain)));
  expect(await refusals()).toBe(before);
});

test("the verdict is kept in one line", async () => {
  const message = "applied without a restart";
  expect(await site.lua(`io.write(io.open("/config/.verdict"):read("a"))`)).toBe(`${hashOf(inForce)} delivered ${message}`);
});

test("a change that is refused leaves the old release in force, and is not tried again", async () => {
  const before = await refusals();
  watcher.put(bad(inForce));
  expect(await watcher.verdict(bad(inForce))).toEqual({ exitCode: 3, output: expect.stringMatching(refusal) as string });
  expect(await site.current()).toBe(hashOf(inForce));
  // Another state of the same directory, which means another look.
  await deliver(await release("-- a good one"));
  expect(await refusals()).toBe(before + 1);
});

test("files that come again in another state are in force already", async () => {
  watcher.put(inForce);
  await eventually("that is said", async () => (await watcher.verdict(inForce, 0)).output === `unchanged ${hashOf(inForce)}`);
});

test("a service that gives no answer is asked again", async () => {
  const before = await refusals();
  await dockerOutput(["pause", site.name]);
  const next = await release("-- unheard");
  watcher.put(next);
  expect(await watcher.verdict(next)).toEqual({ exitCode: 3, output: `refused: no answer from the service within ${patience} s` });
  expect(await site.current()).toBe(hashOf(inForce));
  await eventually("it has tried twice", async () => (await refusals()) === before + 2);
  await dockerOutput(["unpause", site.name]);
  await eventually("it is delivered", async () => (await watcher.verdict(next, 0)).exitCode === 0);
  expect(await site.applied()).toMatch(new RegExp(`^${hashOf(next)} ok `));
  inForce = next;
});

test("a path in a key reaches the service as the path", async () => {
  const odd = { ...(await release()), "secrets/admin@example.org": adminPassword, "ü/a b_c": "1" };
  await deliver(odd);
  expect(await site.lua(`print(io.open("/config/current/secrets/admin@example.org"):read("a"), io.open("/config/current/ü/a b_c"):read("a"))`)).toBe(`${adminPassword}\t1`);
});

const unnamed = (key: string, reason: string) => `refused: ${key} is not a name for a file of a release: ${reason}`;

test.each([
  ["an escape that is none", { a_zz: "" }, unnamed("a_zz", "it is not written as a path is")],
  ["an escape without need", { a_61: "" }, unnamed("a_61", "it is not written as a path is")],
  ["an empty part", { "a....b": "" }, unnamed("a....b", "a part of the path is empty")],
  ["a hidden name", { "a...b": "" }, unnamed("a...b", "a part of the path begins or ends with a dot")],
  ["a control character", { a_00: "" }, unnamed("a_00", "it stands for a control character")],
  ["what is not UTF-8", { a_FF: "" }, unnamed("a_FF", "it does not stand for UTF-8")],
  ["a file in another file", { a: "", "a-b": "", "a..b": "" }, "refused: a is staged as a file and as a directory"],
  ["a file of the other directory", { [`certs..${domain}.key`]: "" }, `refused: certs/${domain}.key is staged twice`],
])("keys with %s are refused", async (_, data, line) => {
  watcher.plain.putKeys(data);
  await eventually("they are refused", async () => (await watcher.log()).at(-1)!.startsWith(line));
  await eventually("the verdict is kept", async () => (await watcher.ask("0123456789abcdef")).output.includes(`the last verdict is on -: ${line}`));
});

test("a verdict that does not come in time is told from others", async () => {
  watcher.put(inForce);
  await watcher.verdict(inForce);
  expect(await watcher.ask("0123456789abcdef", "0.5")).toEqual({
    exitCode: 5,
    output: `no verdict on 0123456789abcdef within 0.5 s; the last verdict is on ${hashOf(inForce)}: unchanged ${hashOf(inForce)}`,
  });
  expect(await watcher.ask("what")).toEqual({ exitCode: 1, output: "usage: verdict.lua [HASH [SECONDS]]" });
});

test("told to stop it ends at once, and started again it takes up what is staged", async () => {
  const { exitCode, seconds } = await watcher.stop();
  expect(exitCode).toBe(0);
  expect(seconds).toBeLessThan(patience - 1);
  const next = await release("-- meanwhile");
  watcher.put(next);
  await dockerOutput(["start", watcher.name]);
  expect((await watcher.verdict(next)).output).toBe(`delivered ${hashOf(next)}: applied without a restart`);
  inForce = next;
});

test("told to stop while it waits for the service it ends at once, and the next one ends what it had begun", async () => {
  await dockerOutput(["pause", site.name]);
  const next = await release("-- interrupted");
  watcher.put(next);
  await eventually("the link is switched", async () => (await site.current()) === hashOf(next));
  const { exitCode, seconds } = await watcher.stop();
  await dockerOutput(["unpause", site.name]);
  expect(exitCode).toBe(0);
  expect(seconds).toBeLessThan(patience - 1);
  await dockerOutput(["start", watcher.name]);
  expect((await watcher.verdict(next)).exitCode).toBe(0);
  expect(await site.applied()).toMatch(new RegExp(`^${hashOf(next)} ok `));
});
