// What a preview says: containers that are replaced, files that are delivered live, package versions.
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type Applied, changesService, changesSince, forgetApplied, readApplied, recordApplied, replaces } from "../../../ops/compose-changes.ts";
import { lockChanges } from "../../../ops/images.ts";
import type { Stack } from "../../../ops/stack.ts";
import type { RenderedFile } from "../../../render/compose.ts";
import type { Rendered } from "../../../render/render.ts";

const file = (path: string, content: string): RenderedFile => ({ path, content, owner: { uid: 5222, gid: 5222 }, secret: true });

function project(change: { services?: object; networks?: object; volumes?: object; files?: RenderedFile[]; runs?: string[] } = {}): Rendered {
  return {
    compose: {
      services: { server: { image: "a:1", labels: { restart: "x" } }, deliver: { image: "a:1", labels: { files: "f1" } }, ...change.services },
      networks: { front: { internal: false }, ...change.networks },
      volumes: { data: { name: "data" }, ...change.volumes },
    },
    files: change.files ?? [file("secrets/one", "1")],
    builds: [],
    oneShots: ["deliver"],
    runs: change.runs ?? [],
    recording: { registrations: [], outputs: {}, secretOutputs: new Set() },
    fingerprint: (files) => (files as RenderedFile[]).map(({ content }) => `hash of ${content.length}`).join(),
    save: () => undefined,
    namespace: "xmpp-unit",
  };
}

function applied(from: Rendered): Applied {
  return { compose: from.compose as Applied["compose"], files: Object.fromEntries(from.files.map((one) => [one.path, from.fingerprint([one])])), outputs: {}, secretOutputs: [], namespace: "xmpp-unit" };
}

test("nothing", () => expect(changesSince(applied(project()), project())).toEqual([]));

test("a stack that is not there yet: what is created, without a line for each file", () => {
  expect(changesSince({ compose: {}, files: {} }, project())).toEqual(["+ network front", "+ volume data", "+ container server"]);
});

test("a changed file runs the one-shot again and touches nothing that is long-running", () => {
  const changed = project({ services: { deliver: { image: "a:1", labels: { files: "f2" } } }, files: [file("secrets/one", "12"), file("files/two", "2")] });
  expect(changesSince(applied(project()), changed)).toEqual(["= container deliver: runs again and delivers its files live", "  + files/two", "  ~ secrets/one"]);
});

test("a file that went", () => {
  expect(changesSince(applied(project({ files: [file("a", "1"), file("b", "1")] })), project({ files: [file("a", "1")] }))).toEqual(["  - b"]);
});

test("a changed container ends its sessions, and what changed is named", () => {
  const changed = project({ services: { server: { image: "a:2", labels: { restart: "x" }, cpus: 2 } } });
  expect(changesSince(applied(project()), changed)).toEqual(["~ container server: cpus, image (its sessions end)"]);
});

test("what runs once runs again when it changes, and ends no sessions", () => {
  const [before, after] = ["a:1", "a:2"].map((image) => project({ services: { migrate: { image } }, runs: ["migrate"] })) as [Rendered, Rendered];
  expect(changesSince(applied(before), after)).toEqual(["~ container migrate: image (runs again)"]);
  expect(replaces("container", applied(before), after)).toBe(false);
  expect([changesService("migrate", undefined, before), changesService("migrate", applied(before), before), changesService("migrate", applied(before), after)]).toEqual([true, false, true]);
});

test("containers, networks and volumes that come, change and go", () => {
  const before = project({ services: { old: {} }, networks: { gone: {} } });
  const after = project({ services: { fresh: {} }, networks: { front: { internal: true } }, volumes: { "data-2": {} } });
  expect(changesSince(applied(before), after)).toEqual(["~ network front: internal (all sessions end)", "- network gone", "+ volume data-2", "+ container fresh", "- container old"]);
});

test("whether a network or a container is replaced", () => {
  const before = applied(project());
  expect(replaces("network", before, project())).toBe(false);
  expect(replaces("network", before, project({ networks: { front: { internal: true } } }))).toBe(true);
  expect(replaces("container", before, project({ services: { deliver: { image: "a:1", labels: { files: "f2" } } } }))).toBe(false);
  expect(replaces("container", before, project({ services: { server: { image: "a:2" } } }))).toBe(true);
  expect(replaces("container", undefined, project())).toBe(false);
});

test("what was applied is kept for its owner only, and holds no content of a file", () => {
  const stack: Stack = { name: "test", configFile: "", stateDirectory: mkdtempSync(join(tmpdir(), "prosody-stack-unit-")), renderedDirectory: "" };
  const secret = project({ files: [file("secrets/one", "hunter2")] });
  expect(readApplied(stack)).toBeUndefined();
  recordApplied(stack, secret);
  expect((statSync(join(stack.stateDirectory, "applied.json")).mode & 0o777).toString(8)).toBe("600");
  expect(changesSince(readApplied(stack), secret)).toEqual([]);
  expect(JSON.stringify(readApplied(stack))).not.toContain("hunter2");
  forgetApplied(stack);
  forgetApplied(stack);
  expect(readApplied(stack)).toBeUndefined();
  rmSync(stack.stateDirectory, { recursive: true });
});

test.each([
  ["nothing", "a 1\nb 2\n", "a 1\nb 2", []],
  ["order and comments", "# as of then\nb 2\na 1\n", "a 1\n\n# as of now\nb 2\n", []],
  ["versions, sorted by name", "b 2\na 1\n", "a 1.1\nb 3\n", ["a 1 -> 1.1", "b 2 -> 3"]],
  ["a package that came and one that went", "old 1\nkept 1\n", "kept 1\nnew 2:3-4~deb13u1+b1\n", ["new (new) -> 2:3-4~deb13u1+b1", "old 1 -> (gone)"]],
  ["a first lock", "", "a 1\n", ["a (new) -> 1"]],
])("package versions: %s", (_, before, after, lines) => expect(lockChanges(before, after)).toEqual(lines));
