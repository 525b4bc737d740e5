// A stack on a cluster that pulls from a registry: manifests name images by digest, and what is not pushed is refused.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { afterEach, expect, test, vi } from "vitest";
import { renderManifests } from "../../render/kubernetes.ts";
import { imagesOf } from "../../scales/images.ts";
import { settingsOfStack } from "../../ops/stack.ts";
import { dev, directoryOfTest, place } from "./stack.ts";

const registry = "registry.example.org/xmpp";
const onCluster = { ...dev, platform: "kubernetes", publish: { addresses: ["127.0.0.1"] }, storage: { uploads: "20GB" }, kubernetes: { registry } };
const digest = (digit: string) => `sha256:${digit.repeat(64)}`;
afterEach(() => void vi.unstubAllEnvs());

/** A stack, its images by the names in the registry, and its lock with these lines. */
function operator(settings: object = onCluster) {
  const directory = directoryOfTest();
  const lock = join(directory, "images.lock");
  vi.stubEnv("PROSODY_STACK_IMAGES_LOCK", lock);
  const { configFile, stateDirectory } = place(directory, settings);
  const stack = { name: "unit", configFile, stateDirectory, renderedDirectory: join(directory, "rendered") };
  const names = imagesOf(settingsOfStack(stack)).map(({ reference }) => reference.replace("prosody-stack", registry));
  return {
    names,
    push: (...lines: string[]) => writeFileSync(lock, lines.map((line) => `${line}\n`).join("")),
    manifests: async () => (await renderManifests({ stack: "unit", configFile, stateDirectory })).manifests,
    run: async (...args: string[]) => {
      const { exitCode, stdout, stderr } = await execa(process.execPath, ["ops/main.ts", ...args, "--stack", "unit", "--config-file", configFile], { reject: false, env: { XDG_STATE_HOME: directory, PROSODY_STACK_ENGINE: "kubectl", NODE_OPTIONS: "" } });
      return { exitCode, stdout, stderr };
    },
  };
}

test("every container has the digest of its image beside the tag", async () => {
  const { names, push, manifests } = operator();
  push(`${names[0]} ${digest("a")}`, `${names[1]} ${digest("b")}`);
  const text = JSON.stringify((await manifests()).map(({ object }) => object));
  const images = new Set([...text.matchAll(/"image":"([^"]+)"/g)].map(([, image]) => image));
  expect([...images].toSorted()).toEqual([`${names[1]}@${digest("b")}`, `${names[0]}@${digest("a")}`]);
});

test("without a registry they have the names under which they are built", async () => {
  const { manifests } = operator({ ...onCluster, kubernetes: {} });
  expect(JSON.stringify(await manifests())).toMatch(/"image":"prosody-stack\/prosody:[0-9a-f]{12}"/);
});

test("all that are not pushed are refused in one line, by every command that asks for them", async () => {
  const { names, push, run } = operator();
  const [prosody, nginx] = names;
  for (const command of ["up", "preview", "render"]) {
    const { exitCode, stderr } = await run(command);
    expect({ command, exitCode, stderr }).toEqual({ command, exitCode: 1, stderr: `error: prosody-stack:kubernetes.registry: ${prosody} and ${nginx} are not pushed yet; run npm run images -- push --stack unit` });
  }
  push(`${prosody} ${digest("a")}`, `${nginx!.replace(/:.*/, ":000000000000")} ${digest("b")}`);
  expect((await run("up")).stderr).toBe(`error: prosody-stack:kubernetes.registry: ${nginx} is not pushed yet; run npm run images -- push --stack unit`);
  push("<<<<<<< HEAD");
  expect((await run("up")).stderr).toMatch(/^error: \S+images\.lock:1: found <<<<<<< HEAD, expected .*$/);
});

test.each([
  ["push", dev, "prosody-stack:platform: found docker, whose images are built where they run; only those of a cluster are pushed"],
  ["push", { ...onCluster, kubernetes: {} }, "prosody-stack:kubernetes.registry: found nothing, expected the registry to push to, such as registry.example.org/xmpp"],
  ["import", dev, "prosody-stack:platform: found docker, whose images are built where they run; only those of a cluster are imported"],
  ["import", onCluster, `prosody-stack:kubernetes.registry: found ${registry}, from which the cluster pulls images; run npm run images -- push`],
  ["import", { ...onCluster, kubernetes: {} }, "prosody-stack:kubernetes.containerd: found nothing, expected the socket of the containerd to import images into"],
  ["sell", onCluster, "usage: npm run images -- refresh|push|import [--stack NAME]"],
])("images %s where it cannot be: one line (%#)", async (command, settings, line) => {
  expect(await operator(settings).run("images", command)).toEqual({ exitCode: 1, stdout: "", stderr: `error: ${line}` });
});

test("a push without a Docker engine says so", async () => {
  const { run } = operator();
  vi.stubEnv("DOCKER_HOST", "tcp://127.0.0.1:1");
  expect(await run("images", "push")).toEqual({ exitCode: 1, stdout: "", stderr: "error: no Docker engine answers at DOCKER_HOST (tcp://127.0.0.1:1); start it, or unset DOCKER_HOST" });
});
