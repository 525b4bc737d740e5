// A cluster that pulls its images from a registry, into which they were pushed.
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { parseImagesLock } from "../../platform/kubernetes/images-lock.ts";
import type { Pod } from "../../ops/kubernetes/pods.ts";
import { loopback } from "../cluster/addresses.ts";
import { Session } from "../e2e/client.ts";
import { ClusterStack } from "./cluster-stack.ts";
import { ImageRegistry } from "./image-registry.ts";

const registry = new ImageRegistry(31_950);
const stack = new ClusterStack("kube-registry", 9);
const importing = stack.settings;
const lock = join(stack.directory, "images.lock");
const password = "correct horse battery";
let names: string[];

function pullFrom(prefix: string): void {
  stack.settings = { ...stack.settings, kubernetes: { ...(stack.settings.kubernetes as object), containerd: undefined, registry: prefix } };
}

/** The error of a command that fails. */
async function failure(...command: [string, ...string[]]): Promise<string> {
  const { exitCode, output } = await stack.run(...command);
  expect(exitCode, output).toBe(1);
  expect(output).not.toMatch(/^ +at /m);
  return output.split("\n").filter((line) => line.startsWith("error: ")).join("\n");
}

beforeAll(async () => {
  process.env.PROSODY_STACK_IMAGES_LOCK = lock;
  await registry.start();
  pullFrom(`${registry.host}/xmpp`);
}, 400_000);
afterEach(() => void vi.unstubAllEnvs());
afterAll(async () => {
  await Session.closeAll();
  await stack.remove();
  await registry.stop();
  delete process.env.PROSODY_STACK_IMAGES_LOCK;
});

test("an up of what was never pushed is refused, before the cluster hears of it", async () => {
  const line = await failure("up");
  names = [...line.matchAll(/\S+\/\w+:[0-9a-f]{12}/g)].map(([name]) => name);
  expect(names.map((name) => name.replace(/:[0-9a-f]{12}$/, ""))).toEqual([`${registry.host}/xmpp/prosody`, `${registry.host}/xmpp/nginx`]);
  expect(line).toBe(`error: prosody-stack:kubernetes.registry: ${names.join(" and ")} are not pushed yet; run npm run images -- push --stack ${stack.name}`);
  expect(await stack.ask("get", "namespace", stack.namespace, "--ignore-not-found")).toBe("");
});

test("what the registry has lost is told by up", async () => {
  writeFileSync(lock, names.map((name, index) => `${name} sha256:${String(index).repeat(64)}\n`).join(""));
  expect(await failure("up")).toMatch(/^error: pod (prosody|nginx)-check-\S+: container deliver: ErrImagePull: .*\/xmpp\/(prosody|nginx)@sha256:(0{64}|1{64}).*: not found; see kubernetes\.registry, kubernetes\.pullSecret and npm run images -- push$/);
});

test("a push puts them there, what was lost too, and records the digests that the registry has", async () => {
  writeFileSync(lock, `${readFileSync(lock, "utf8")}${registry.host}/xmpp/nginx:000000000000 sha256:${"2".repeat(64)}\n`);
  const output = await stack.succeed("images", "push");
  const digests = await Promise.all(names.map((name) => registry.digest(...(name.slice(registry.host.length + 1).split(":") as [string, string]))));
  for (const [index, name] of names.entries()) expect(output).toContain(`${name}: pushed as ${digests[index]}\n`);
  expect(output.trimEnd()).toMatch(/images\.lock: written; commit it$/);
  expect(Object.fromEntries(parseImagesLock(readFileSync(lock, "utf8"), lock))).toEqual(Object.fromEntries(names.map((name, index) => [name, digests[index]])));
});

test("a second push pushes nothing, and says so", async () => {
  const [before, sent] = [readFileSync(lock, "utf8"), registry.requests('"PUT ').length];
  expect(sent).toBeGreaterThan(0);
  expect((await stack.succeed("images", "push")).trimEnd().split("\n")).toEqual(names.map((name) => `${name}: in the registry already, nothing to push`));
  expect(registry.requests('"PUT ')).toHaveLength(sent);
  expect(readFileSync(lock, "utf8")).toBe(before);
});

test("pods run what was pulled by digest, and a login works", async () => {
  expect(await stack.up()).toContain("login: works");
  await stack.createAccount("alice@one.test", password);
  const session = await Session.open({ service: stack.service(), domain: "one.test", username: "alice", password });
  expect(await session.ping()).toBe(true);
  const digests = parseImagesLock(readFileSync(lock, "utf8"), lock);
  for (const [index, service] of ["prosody", "nginx"].entries()) {
    const name = names[index]!;
    const digest = digests.get(name)!;
    const [pod] = (await stack.pods(service)) as (Pod & { spec: { containers: { image: string }[] }; status: { containerStatuses: { imageID: string }[] } })[];
    expect(pod!.spec.containers.map(({ image }) => image)).toEqual([`${name}@${digest}`]);
    expect(pod!.status.containerStatuses[0]!.imageID).toBe(`${name.replace(/:[0-9a-f]{12}$/, "")}@${digest}`);
    expect(registry.requests("containerd/").filter((line) => line.includes(`/xmpp/${service}/manifests/${digest} HTTP/1.1" 200 `)), service).not.toEqual([]);
  }
});

test("a second up changes nothing", async () => {
  const before = await stack.versions();
  await stack.up();
  expect(await stack.versions()).toEqual(before);
});

test("a registry that does not answer, and one that lets nobody in, are told in one line", async () => {
  const kept = stack.settings;
  const closed = createServer((_request, response) => response.writeHead(401, { "www-authenticate": 'Basic realm="xmpp"', "docker-distribution-api-version": "registry/2.0" }).end());
  await new Promise<void>((resolve) => void closed.listen(0, loopback, resolve));
  try {
    vi.stubEnv("PROSODY_STACK_IMAGES_LOCK", join(stack.directory, "other.lock"));
    pullFrom(`${loopback}:1/xmpp`);
    expect(await failure("images", "push")).toMatch(/^error: prosody-stack:kubernetes\.registry: found 127\.89\.0\.1:1, which does not answer: .*connection refused$/);
    const host = `${loopback}:${(closed.address() as AddressInfo).port}`;
    pullFrom(`${host}/xmpp`);
    expect(await failure("images", "push")).toBe(`error: prosody-stack:kubernetes.registry: ${host}/xmpp/prosody may not be pushed to by who is logged in here: no basic auth credentials; run docker login ${host}`);
  } finally {
    closed.close();
    stack.settings = kept;
  }
});

test("without a registry, import gives the node's containerd the images", async () => {
  const kept = stack.settings;
  stack.settings = importing;
  try {
    const lines = (await stack.succeed("images", "import")).trimEnd().split("\n");
    expect(lines.filter((line) => line.endsWith(": the cluster has it"))).toEqual(names.map((name) => `${name.replace(/^.*\//, "prosody-stack/")}: the cluster has it`));
  } finally {
    stack.settings = kept;
  }
});
