// The settings file, changed by a command: what else stands in it stays as it was written.
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as yaml from "js-yaml";
import { describe, expect, test } from "vitest";
import { SettingsFile, changedSettings } from "../../../ops/settings-file.ts";

const file = `# Our server.
encryptionsalt: v1:abc:def
config:
    # Who we are
    prosody-stack:domains: [{name: xmpp.example.org}]   # the one and only
    prosody-stack:adminPasswords:
        "admin@xmpp.example.org":
            secure: v1:xxxx:yyyy

    prosody-stack:uploads: {  maxSize: 50MB }
    # the end
`;
const restore = { restore: { backup: "20261129T020000Z", at: undefined } };

test("a setting that is not there comes behind the others, and goes without a trace", () => {
  const changed = changedSettings(file, restore);
  expect(changed).toBe(file.replace("    # the end\n", "    prosody-stack:restore: { backup: 20261129T020000Z }\n    # the end\n"));
  expect(changedSettings(changed, { restore: { backup: undefined } })).toBe(file);
});

test("several at once", () => {
  const changed = changedSettings(changedSettings(file, restore), { generation: { current: 2, oldest: 1 }, restore: { backup: undefined, at: undefined } });
  expect(changed).toBe(file.replace("    # the end\n", "    prosody-stack:generation: { current: 2, oldest: 1 }\n    # the end\n"));
});

describe("one that is there", () => {
  const having = (text: string) => file.replace("    # the end\n", `${text}    prosody-stack:scale: personal\n`);
  test.each([
    ["in one line, with a comment", "    prosody-stack:generation: { current: 1, oldest: 1 } # since May\n", "    prosody-stack:generation: { current: 2, oldest: 1 } # since May\n"],
    ["in lines of its own, with comments", "    prosody-stack:generation:\n      # as of May\n      current: 1\n      oldest: 1 # the first\n", "    prosody-stack:generation:\n      # as of May\n      current: 2\n      oldest: 1 # the first\n"],
    ["as JSON in a text", `    prosody-stack:generation: '{"current": 1, "oldest": 1}'\n`, "    prosody-stack:generation: { current: 2, oldest: 1 }\n"],
  ])("%s", (_, before, after) => expect(changedSettings(having(before), { generation: { current: 2 } })).toBe(having(after)));
});

test("a file without an end of its last line", () => {
  expect(changedSettings("config:\n  prosody-stack:scale: personal", restore)).toBe("config:\n  prosody-stack:scale: personal\n  prosody-stack:restore: { backup: 20261129T020000Z }\n");
});

test("JSON stays JSON", () => {
  const text = JSON.stringify({ config: { "prosody-stack:scale": "personal" } });
  expect(JSON.parse(changedSettings(text, restore))).toEqual({ config: { "prosody-stack:scale": "personal", "prosody-stack:restore": { backup: "20261129T020000Z" } } });
});

test("a map in one line is written anew, and says the same", () => {
  expect(yaml.load(changedSettings("config: {prosody-stack:scale: personal}\n", restore))).toEqual({ config: { "prosody-stack:scale": "personal", "prosody-stack:restore": { backup: "20261129T020000Z" } } });
});

test.each(["", "config: 1\n", "config: [\n"])("%j has no settings", (text) => {
  expect(() => changedSettings(text, restore)).toThrow("the settings file has no map config in it; look at it");
});

test("the file is written in place, with its mode; one that may not be written is refused beforehand", () => {
  const directory = mkdtempSync(join(tmpdir(), "prosody-stack-unit-"));
  const path = join(directory, "Pulumi.test.yaml");
  writeFileSync(path, file, { mode: 0o640 });
  new SettingsFile(path).refuseUnwritable();
  new SettingsFile(path).change(restore);
  expect(readFileSync(path, "utf8")).toContain("prosody-stack:restore");
  expect(() => new SettingsFile(join(directory, "none.yaml")).refuseUnwritable()).toThrow(/^.*none\.yaml: this user may not write the settings/);
  chmodSync(directory, 0o700);
  rmSync(directory, { recursive: true });
});
