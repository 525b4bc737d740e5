// No secret of a stack is where others could read it. One that is planted in every kind of place shows that it would be found.
import { randomBytes } from "node:crypto";
import { cpSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { dockerOutput } from "../image/docker.ts";
import { type Haystack, containerPlaces, imagePlaces, processes, renderedPlaces, search } from "./haystack.ts";
import { pathsBelow } from "../setup/files.ts";
import { TestStack } from "./stack.ts";

const domain = "one.test";
const given = { admin: "an admin's own password", token: `token-${randomBytes(12).toString("hex")}` };
const planted = `planted-${randomBytes(12).toString("hex")}`;
const stack = new TestStack("secrets", 8, {
  domains: [{ name: domain }, { name: "two.test" }],
  adminPasswords: { "admin@two.test": given.admin },
  secrets: { token: given.token },
});
const decoy = { container: "e2e-secrets-decoy", image: "e2e-secrets-decoy:latest", project: join(stack.directory, "decoy") };
const printed: string[] = [];
const running: Buffer[] = [];

/** Runs a command and keeps what it prints, and what could be seen of its processes meanwhile. */
async function observed(command: string, ...options: string[]): Promise<void> {
  const child = stack.start(command, ...options);
  const timer = setInterval(() => running.push(processes()), 100);
  const { exitCode, all } = await child;
  clearInterval(timer);
  printed.push(all);
  expect({ exitCode, all }).toMatchObject({ exitCode: 0 });
}

beforeAll(async () => {
  await observed("up");
  stack.write("overrides.cfg.lua", `VirtualHost "${domain}"\ncontact_token = FileLine("secrets/token")\n`);
  stack.settings = { ...stack.settings, overrides: join(stack.directory, "overrides.cfg.lua"), logs: { level: "debug" } };
  for (const command of ["preview", "up", "output"]) await observed(command);
  await stack.up();
});

afterAll(async () => {
  await dockerOutput(["rm", "--force", decoy.container]);
  await dockerOutput(["image", "rm", "--force", decoy.image]);
  await stack.remove();
});

/** Every secret that this run has made or was given, by name; of keys each line of their text. */
function secrets(): Map<string, string> {
  const resources = JSON.parse(readFileSync(join(stack.stateDirectory, "resources.json"), "utf8")) as Record<string, { state: Record<string, string> }>;
  const made = Object.entries(resources).flatMap(([name, { state: { result, privateKeyPem, key } }]) => {
    if (privateKeyPem === undefined) return [result, key].flatMap((value) => (value === undefined ? [] : [[name, value] as const]));
    return privateKeyPem.split("\n").filter((line) => /^[\w+/=]{40,}$/.test(line)).map((line, index) => [`${name}, line ${index + 1}`, line] as const);
  });
  return new Map([...made, ...Object.entries(given), ["planted", planted]]);
}

/** Puts the planted secret where none belongs, in every way that this test looks for. */
async function plant(image: string): Promise<void> {
  const code = `local planted = "${planted}"; print(planted); require "posix.unistd".sleep(600)`;
  await dockerOutput(["run", "--detach", "--name", decoy.container, "--env", `TOKEN=${planted}`, "--network", "none", image, "/usr/bin/lua5.4", "-e", `io.stdout:setvbuf("no"); ${code}`]);
  const file = stack.write("planted", planted);
  await dockerOutput(["cp", file, `${decoy.container}:/tmp/planted`]);
  await dockerOutput(["commit", "--change", "ENV TOKEN=", decoy.container, decoy.image]);
  cpSync(stack.renderedDirectory, decoy.project, { recursive: true });
  cpSync(file, join(decoy.project, "files/planted"));
}

test("every secret of the run is searched for everywhere, and only the planted one is found", async () => {
  const containers = await stack.containers();
  expect(containers).toHaveLength(4);
  const image = (await dockerOutput(["inspect", "--format", "{{.Config.Image}}", stack.container])).trim();
  await plant(image);
  const needles = secrets();
  // The keys of the authority and both domains, two lines each; a password, the fingerprints' key, two given, the planted one.
  expect([...needles.keys()].filter((name) => name.endsWith("line 1"))).toHaveLength(3);
  expect(needles.size).toBe(3 * 2 + 5);

  const haystack: Haystack = new Map([
    ["output of the commands", Buffer.from(printed.join("\n"))],
    ["processes during the commands", Buffer.concat(running)],
    ...(await Promise.all([...containers, decoy.container].map(containerPlaces))).flat(),
    ...(await imagePlaces(image)),
    ...(await imagePlaces((await dockerOutput(["inspect", "--format", "{{.Config.Image}}", stack.front])).trim())),
    ...(await imagePlaces(decoy.image)),
    ...renderedPlaces(stack.renderedDirectory),
    ...renderedPlaces(decoy.project).filter(([path]) => path.endsWith("/planted")),
  ]);
  expect(running.length).toBeGreaterThan(10);
  const places = ["inspect", "processes", "log", "files"].map((what) => `planted in ${what} of ${decoy.container}`);
  expect(search(haystack, needles).toSorted()).toEqual(
    [...places, `planted in inspect of ${decoy.image}`, `planted in layers of ${decoy.image}`, `planted in ${join(decoy.project, "files/planted")}`].toSorted(),
  );
});

test("files with secrets are their owner's alone, and git does not see them", () => {
  const mode = (path: string) => (statSync(path).mode & 0o777).toString(8);
  const needles = [...secrets().values()];
  const holders = [stack.stateDirectory, stack.renderedDirectory].flatMap(pathsBelow).filter((file) => needles.some((needle) => readFileSync(file).includes(needle)));
  // What was made and what was applied; of both domains the key, for both services, and the administrator's password; the token.
  expect(holders).toHaveLength(2 + 2 * 2 + 2 + 1);
  expect(holders.map(mode)).toEqual(holders.map(() => "600"));
  expect(mode(stack.stateDirectory)).toBe("700");
  expect(readFileSync(join(stack.renderedDirectory, ".gitignore"), "utf8")).toBe("secrets/\n");
});
