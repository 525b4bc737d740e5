// The renderer: what it does not know is an error that names it, and nothing is registered for settings that are wrong.
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { execa } from "execa";
import { expect, test, vi } from "vitest";
import { composeProject } from "../../render/compose.ts";
import { providers } from "../../render/providers.ts";
import { record } from "../../render/recorder.ts";
import { renderStack, writeProject } from "../../render/render.ts";
import { Store } from "../../render/store.ts";
import { dev, directoryOfTest, place, rendered } from "./stack.ts";

function run(program: () => Record<string, unknown>) {
  const newResource = providers(new Store(join(directoryOfTest(), "resources.json")));
  return record(() => Promise.resolve(program()), { project: "test", stack: "dev", config: {}, newResource });
}

const container = (args: Partial<docker.ContainerArgs>) => new docker.Container("thing", { name: "thing", image: "x", volumes: [], ...args });

// In a process of its own: a promise of the SDK's that is rejected behind everybody's back ends the process, too.
test.each(["with its outputs used", "with its outputs unused"])("a resource type that it does not know, %s: one line that names it, and no stack", async (use) => {
  const { exitCode, stdout, stderr } = await execa(process.execPath, ["test/components/fixtures/unknown-type.ts", use], { reject: false });
  expect(stderr).toBe("error: thing: the renderer does not know the resource type random:index/randomId:RandomId; see render/providers.ts");
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" });
});

test("container arguments that it does not know", async () => {
  const { registrations } = await run(() => ({ id: container({ privileged: true, dns: ["192.0.2.1"] }).id }));
  expect(() => composeProject(registrations, () => "")).toThrow(
    new pulumi.RunError("thing: the renderer does not know the container argument dns, privileged; see render/compose.ts"),
  );
});

test("what a program throws comes out as it is, and the next program runs", async () => {
  await expect(run(() => { throw new pulumi.RunError("no"); })).rejects.toThrow(new pulumi.RunError("no"));
  const { outputs } = await run(() => ({ value: pulumi.output(1) }));
  expect(outputs).toEqual({ value: 1 });
});

test("settings that are wrong: all problems, and not one resource", async () => {
  const { configFile, stateDirectory } = place(directoryOfTest(), { ...dev, replicas: 2, foo: 1 });
  await expect(renderStack({ stack: "dev", configFile, stateDirectory })).rejects.toThrow(
    "2 problems in the configuration of stack dev:\nprosody-stack:foo: unknown setting; look it up in docs/settings.md, or remove it\nprosody-stack:replicas: found 2 with database sqlite, expected 1: a SQLite file has one writer; set database to postgresql",
  );
  expect(existsSync(stateDirectory)).toBe(false);

  const newResource = vi.fn(providers(new Store(join(stateDirectory, "resources.json"))));
  const config = { "prosody-stack:domains": "[]" };
  const program = async () => (await import("../../settings/load.ts")).loadSettings() as unknown as Record<string, unknown>;
  await expect(record(program, { project: "prosody-stack", stack: "dev", config, newResource })).rejects.toThrow("1 problem in the configuration of stack dev:");
  expect(newResource.mock.calls.map(([{ type }]) => type)).toEqual(["pulumi:pulumi:Stack"]);
});

test("prod is refused in one line, before anything is made", async () => {
  const stateDirectory = join(directoryOfTest(), "state");
  const refused = renderStack({ stack: "prod", stateDirectory });
  await expect(refused).rejects.toThrow(new pulumi.RunError("prosody-stack:scale: enterprise is not built yet (see CHANGELOG.md); set it to community"));
  expect(existsSync(stateDirectory)).toBe(false);
});

test.each([
  [{ scale: "enterprise", platform: "docker", turn: { enabled: false } }, "scale: enterprise"],
  [{ database: "postgresql", replicas: 2 }, "replicas: 2"],
])("%j is refused in one line", async (settings, found) => {
  await expect(rendered({ ...dev, ...settings })).rejects.toThrow(new RegExp(`^prosody-stack:${found} is not built yet \\(see CHANGELOG\\.md\\); [^\\n]+$`));
});

test("a project takes the place of the one before", async () => {
  const directory = join(directoryOfTest(), "out");
  writeProject(await rendered(), directory);
  writeFileSync(join(directory, "left-over"), "");
  writeProject(await rendered(), directory);
  expect(readdirSync(directory).toSorted()).toEqual([".gitignore", ".prosody-stack", "compose.yaml", "files", "images", "secrets"]);
  expect(readFileSync(join(directory, ".gitignore"), "utf8")).toBe("secrets/\n");
  expect(readdirSync(join(directory, ".."))).toEqual(["out"]);
});

test("a project that cannot be written leaves the one before, and no secret beside it", async () => {
  const project = await rendered();
  const directory = join(directoryOfTest(), "out");
  writeProject(project, directory);
  const before = readFileSync(join(directory, "compose.yaml"), "utf8");
  const secret = project.files.find((file) => file.secret)!;
  expect(() => writeProject({ ...project, files: [secret, { ...secret, path: `${secret.path}/below` }] }, directory)).toThrow();
  expect(readFileSync(join(directory, "compose.yaml"), "utf8")).toBe(before);
  expect(readdirSync(join(directory, ".."))).toEqual(["out"]);
});
