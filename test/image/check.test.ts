// Files that are checked before anything is replaced for them, as by a Job on Kubernetes: with volumes of its own, and without.
import { afterAll, beforeAll, expect, test } from "vitest";
import { docker, type Result } from "./docker.ts";
import { prosodyImage } from "./image.ts";
import { release } from "./release.ts";
import { Site } from "./site.ts";
import type { Files } from "./tar.ts";
import { Watcher, hashOf } from "./watcher.ts";

let site: Site;
let watcher: Watcher;
let good: Files;
let bad: Files;

beforeAll(async () => {
  site = new Site(await prosodyImage());
  watcher = new Watcher(site);
  good = await release();
  bad = { ...good, "prosody.cfg.lua": `${good["prosody.cfg.lua"] as string}\nx = = 1\n` };
}, 300_000);

afterAll(async () => {
  await site.remove();
  watcher.remove();
});

function check(files: Files, ...options: string[]): Promise<Result> {
  watcher.put(files);
  return docker(watcher.command("--check", "--rm", ...options));
}

const inMemory = ["/config", "/answers", "/run/prosody"].flatMap((path) => ["--tmpfs", `${path}:uid=5222,gid=5222,mode=0700`]);
const ofItsOwn = ["--read-only", "--cap-drop", "ALL", "--network", "none", "--tmpfs", "/tmp", ...inMemory];
const lastLine = ({ exitCode, output }: Result) => ({ exitCode, last: output.trimEnd().split("\n").at(-1) });

test("files that are in order pass", async () => {
  expect(lastLine(await check(good, ...ofItsOwn))).toEqual({ exitCode: 0, last: `checked ${hashOf(good)}` });
});

test("others are refused with the reason, and by where they lie in a release", async () => {
  expect(lastLine(await check(bad, ...ofItsOwn))).toEqual({ exitCode: 3, last: expect.stringMatching(/^refused: prosody\.cfg\.lua:\d+: unexpected symbol/) as string });
  const fewer = Object.fromEntries(Object.entries(good).filter(([path]) => path !== "secrets/admin-password"));
  expect(lastLine(await check(fewer, ...ofItsOwn))).toEqual({ exitCode: 3, last: expect.stringMatching(/^refused: prosody\.cfg\.lua:\d+: secrets\/admin-password: No such file/) as string });
  watcher.plain.putKeys({ a_zz: "" });
  expect(lastLine(await docker(watcher.command("--check", "--rm", ...ofItsOwn)))).toEqual({ exitCode: 3, last: expect.stringMatching(/^refused: a_zz is not a name for a file/) as string });
});

test("where a release is in force and the service runs, neither is touched", async () => {
  await site.deliver(good);
  await site.start();
  const [listing, applied] = [await site.listing(), await site.applied()];
  for (const files of [good, bad, await release("-- another")]) {
    expect((await check(files, ...site.beside)).exitCode).toBe(files === bad ? 3 : 0);
    expect(await site.listing()).toEqual(listing);
    expect(await site.applied()).toBe(applied);
  }
});
