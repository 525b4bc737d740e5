// Two instances with the same data, and each with a configuration of its own: on Kubernetes, the pod that comes and the pod
// that it comes for.
import { afterEach, beforeEach, expect, test } from "vitest";
import { dockerOutput, eventually } from "./docker.ts";
import { prosodyImage } from "./image.ts";
import { release } from "./release.ts";
import { Site } from "./site.ts";

const waiting = "waiting: another instance holds /var/lib/prosody/.lock";
let first: Site;
let second: Site;

beforeEach(async () => {
  first = new Site(await prosodyImage());
  second = new Site(first.image);
  second.data = first.data;
  await first.deliver(await release());
  await second.deliver(await release());
  await first.start();
}, 300_000);

afterEach(async () => {
  await second.remove();
  await first.remove();
});

const isWell = async (site: Site) => (await site.exec("/usr/bin/lua5.4", "/usr/lib/stack/health.lua")).exitCode === 0;
const lines = async (site: Site) => (await site.log()).trimEnd().split("\n");

test("the second waits, also while the first is given another release, and starts when the first has ended", async () => {
  await second.start(false);
  await eventually("it waits", async () => (await lines(second)).at(-1) === waiting);
  const next = await first.deliver(await release("-- another"));
  expect(next.last).toBe(`delivered ${next.hash}: applied without a restart`);
  // Delivered to one that waits, a release is the one that it starts with.
  const its = await second.deliver(await release("-- for the second"));
  expect(its.last).toBe(`delivered ${its.hash}: read at the next start`);
  expect(await lines(second)).toEqual([waiting]);

  await dockerOutput(["stop", "--time", "25", first.name]);
  await eventually("it is well", () => isWell(second));
  expect(await second.applied()).toBe(`${its.hash} ok started`);
});

test("the second starts when the first was killed", async () => {
  await second.start(false);
  await eventually("it waits", async () => (await lines(second)).at(-1) === waiting);
  await dockerOutput(["kill", first.name]);
  await eventually("it is well", () => isWell(second));
});

test("told to stop, the second ends at once", async () => {
  await second.start(false);
  await eventually("it waits", async () => (await lines(second)).at(-1) === waiting);
  const started = Date.now();
  await dockerOutput(["stop", "--time", "25", second.name]);
  expect(Date.now() - started).toBeLessThan(15_000); // and not when its grace ends
  expect(await dockerOutput(["inspect", "--format", "{{.State.ExitCode}}", second.name])).toBe("0");
});
