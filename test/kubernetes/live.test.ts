// Changes reach a stack on a cluster while people are online.
import { afterAll, beforeAll, expect, test } from "vitest";
import { Session } from "../e2e/client.ts";
import { eventually } from "../image/docker.ts";
import { ClusterStack } from "./cluster-stack.ts";

const domain = "one.test";
const stack = new ClusterStack("kube-live", 4);
let session: Session;

/** Online for all of it: whatever changes, this session is not cut. */
beforeAll(async () => {
  stack.settings = { ...stack.settings, overrides: stack.write("overrides.cfg.lua", "-- nothing\n") };
  await stack.up();
  session = await Session.open({ service: stack.service(), domain, username: "admin", password: stack.outputs.adminPassword });
}, 400_000);

afterAll(async () => {
  await Session.closeAll();
  await stack.remove();
});

test("a second up changes nothing at all", async () => {
  const before = await stack.versions();
  expect(await stack.preview()).toBe("no changes");
  await stack.up();
  expect(await stack.versions()).toEqual(before);
});

test("a change of the configuration is in force when up ends, and no pod is another one", async () => {
  const before = await stack.identity();
  stack.settings = { ...stack.settings, logs: { level: "debug" } };
  expect(await stack.preview()).toMatch(/^= ConfigMap prosody-files: settings\.lua \(delivered to running pods\)$/m);
  const output = await stack.up();
  expect(output).toMatch(/^prosody-0: delivered [0-9a-f]{16}: applied without a restart/m);
  expect(await stack.identity()).toEqual(before);
  expect(await session.ping()).toBe(true);
});

test("a refused change fails the up with one line, leaves the old in force, and the next good one is taken", async () => {
  const before = await stack.identity();
  stack.write("overrides.cfg.lua", "this is no Lua\n");
  const { exitCode, output } = await stack.run("up");
  expect(exitCode).toBe(1);
  expect(output).toMatch(/^error: prosody-0: refused: .*overrides\.cfg\.lua/m);
  expect(output).not.toMatch(/^ +at /m);
  expect(await stack.identity()).toEqual(before);
  expect(await session.ping()).toBe(true);
  expect(await stack.ask("get", "configmap", "prosody-files", "--output", "jsonpath={.data.overrides\\.cfg\\.lua}")).toBe("-- nothing"); // for pods that start anew
  expect(await stack.preview()).toMatch(/^= ConfigMap prosody-files: overrides\.cfg\.lua/m);
  stack.write("overrides.cfg.lua", "-- better\n");
  expect(await stack.up()).toContain("prosody-0: delivered");
  expect(await session.ping()).toBe(true);
});

test("what others apply is in force as soon as the kubelet looks, without anybody asking", async () => {
  const before = await stack.identity();
  const override = JSON.stringify({ data: { "overrides.cfg.lua": "-- by somebody else\n" } });
  await stack.ask("patch", "configmap", "prosody-files", "--type", "merge", "--patch", override);
  const count = async () => (await stack.ask("logs", "prosody-0", "--container", "deliver")).split("\n").filter((line) => line.startsWith("delivered")).length;
  const delivered = await count();
  await eventually("it is delivered", async () => (await count()) > delivered, 100); // once a minute, give or take half of one
  expect(await stack.identity()).toEqual(before);
  expect(await session.ping()).toBe(true);
});

test("files that only a restart reaches are checked first: refused, no pod is replaced", async () => {
  const before = await stack.identity();
  stack.settings = { ...stack.settings, modules: { add: { "*": ["watchregistrations"] } }, overrides: stack.write("overrides.cfg.lua", "neither is this\n") };
  const { exitCode, output } = await stack.run("up");
  expect(exitCode).toBe(1);
  expect(output).toMatch(/^error: prosody-check-[0-9a-f]{8}: refused: .*overrides\.cfg\.lua/m);
  expect(await stack.identity()).toEqual(before);
  expect(await session.ping()).toBe(true);
});

test("the same with files that are good: the preview says that sessions end, and the new pod has them", async () => {
  stack.write("overrides.cfg.lua", "-- good\n");
  const before = await stack.identity();
  expect(await stack.preview()).toMatch(/^~ StatefulSet prosody: template \(its sessions end\)$/m);
  await stack.up();
  expect((await stack.identity()).id).not.toBe(before.id);
  expect(await stack.preview()).toBe("no changes");
});

test("a pod that starts after a refusal has what was in force before", async () => {
  const before = await stack.identity();
  stack.write("overrides.cfg.lua", "nor this\n");
  expect((await stack.run("up")).exitCode).toBe(1);
  await stack.ask("delete", "pod", "prosody-0");
  await stack.ask("rollout", "status", "statefulset/prosody", "--timeout", "60s");
  expect((await stack.identity()).id).not.toBe(before.id);
});
