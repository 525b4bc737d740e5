// Stacks that somebody is using are the same before and after tests: those that run, and one made for this.
import { afterAll, beforeAll, expect, test } from "vitest";
import { docker } from "../image/docker.ts";
import { bystanders, contents, snapshot } from "../setup/bystanders.ts";
import { TestStack } from "./stack.ts";

const passing = new TestStack("passing", 9);
const standIn = new TestStack("bystander", 12);

beforeAll(async () => {
  await standIn.up();
  await standIn.createAccount("alice@one.test", "password of alice");
});

afterAll(() => Promise.all([passing, standIn].map((stack) => stack.remove())));

test("a stack comes, is changed, refused, killed and goes, and its neighbours notice nothing", async () => {
  const namespaces = [...(await bystanders()), standIn.namespace];
  const before = await Promise.all(namespaces.map(snapshot));
  const own = { ...before.at(-1)!, ...(await contents(standIn.namespace)) };
  expect(Object.keys(own.containers)).toEqual(await standIn.containers());
  expect(own.volumes).toHaveLength(6); // data, uploads, and of both services configuration and answers
  expect(own.files).toContainEqual(expect.stringMatching(/^\/config\/releases\/\w+\/prosody\.cfg\.lua$/));
  expect(own.files).toContain("/var/lib/prosody/prosody.sqlite");
  expect(Object.keys(own.release)).toContainEqual(expect.stringMatching(/\/prosody\.cfg\.lua$/));
  expect(own.database).toContainEqual(expect.stringMatching(/^one\.test alice accounts /));

  await passing.up();
  await passing.createAccount("alice@one.test", "password of another alice");
  passing.settings = { ...passing.settings, overrides: passing.write("overrides.cfg.lua", "= bad") };
  expect((await passing.run("up")).exitCode).toBe(1);
  passing.settings = { ...passing.settings, overrides: undefined, modules: { add: { "*": ["ipcheck"] } } };
  await passing.up();
  expect((await docker(["kill", passing.container])).exitCode).toBe(0);
  await passing.succeed("down", "--data", "--yes");

  expect(await Promise.all(namespaces.map(snapshot))).toEqual(before);
  expect(await contents(standIn.namespace)).toEqual({ release: own.release, database: own.database });
});

test("a neighbour's ports and subnets are told before anything is made", async () => {
  const intruder = new TestStack("intruder", 12); // the ports and subnets of the stand-in
  const { exitCode, output } = await intruder.run("up");
  const found = await intruder.leftovers();
  await intruder.remove();
  expect(exitCode).toBe(1);
  expect(output).toMatch(/^error: 9 things are in the way on this machine:$/m); // seven ports, two subnets
  expect(output).toContain(`port ${standIn.ports.c2s} of 127.0.0.1 is in use`);
  expect(output).toContain(`overlaps 172.30.44.0/24 of the Docker network ${standIn.namespace}-front`);
  expect(found.filter((thing) => thing !== intruder.stateDirectory)).toEqual([]); // the lock was there
});
