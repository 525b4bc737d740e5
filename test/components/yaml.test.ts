// Any string survives the rendered project: Compose reads what was meant, whatever YAML or Compose could take it for.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import * as yaml from "js-yaml";
import { expect, test } from "vitest";
import type { ComposeProject } from "../../render/compose.ts";
import { writeProject } from "../../render/render.ts";
import { configOf, readCompose } from "./compose-reader.ts";
import { directoryOfTest } from "./stack.ts";

const ambiguous = [
  "", " ", "~", "null", "yes", "No", "on", "OFF", "y", "n", "true", "=", "<<", "*x", "&x", "!x", "@x", "`x`", "%x", "#x", "x #y", "x: y", "- x", "? x", "|", ">", "[x]", "{x}", "'x'", '"x"', "---", "...",
  "0", "-0", "010", "08", "0o10", "0x1F", "0b11", "1_000", "1e3", "12e03", "+1", ".5", "1.", ".inf", "-.INF", ".nan", "22:22", "1:30:00", "5222:5222", "190:20:30.15", "2026-11-21", "2026-11-21T10:00:00Z",
  "\0", "\x07", "\x1b[0m", "\x7f", "\x85", "\u00a0", "\u2028", "\u2029", "\ufeff", "\ufffd", "🔑", "\u{10ffff}", "a\nb", "a\n", "\na", " a\n b ", "a\r\nb", "\t", "a\tb", "x".repeat(300), `${"word ".repeat(60)}end`,
];
const dollars = ["$", "$$", "$HOME", "${HOME}", "${NOT_SET:-x}", "${NOT_SET:?no}", "a$", "$1", "$$$x", "pa$$word", "${", "$(id)"];

function written(values: readonly string[]): string {
  const directory = join(directoryOfTest(), "out");
  const service = {
    image: "x",
    command: values,
    labels: Object.fromEntries(values.map((value, index) => [`label-${index}`, value])),
    environment: values.map((value, index) => `VALUE_${index}=${value}`),
  };
  const project: ComposeProject = { namespace: "xmpp-unit", compose: { services: { thing: service } }, files: [], builds: [], oneShots: [], runs: [] };
  writeProject(project, directory);
  return directory;
}

const read = (directory: string) => readCompose(readFileSync(join(directory, "compose.yaml"), "utf8")).services!.thing!;
const sample = () => fc.sample(fc.string({ unit: "binary" }), 200).map((text) => text.replaceAll("$", ""));

test("strings that look like something else are read back as they are", () => {
  expect(read(written(ambiguous)).command).toEqual(ambiguous);
});

test("any string is", () => {
  const values = sample();
  expect(read(written(values)).command).toEqual(values);
});

test("keys are, too", () => {
  const keys = [...new Set([...ambiguous, ...sample()])];
  const object = Object.fromEntries(keys.map((key, index) => [key, String(index)]));
  expect(yaml.load(yaml.dump(object, { sortKeys: true, lineWidth: -1, noRefs: true }))).toEqual(object);
});

test("a dollar is a dollar, not a variable", () => {
  expect(read(written(dollars)).command).toEqual(dollars);
});

test.each([["strings that look like something else", () => ambiguous], ["any string", sample], ["dollars", () => dollars]])("Compose itself reads the same: %s", async (_, values) => {
  // docker-compose reads these as they are, too, and loses them when it prints what it has read.
  const meant = values().filter((value) => !/[\0\x85\u2028\u2029]/.test(value));
  const { command, labels } = (await configOf(written(meant))).services!.thing!;
  expect(command).toEqual(meant);
  expect(labels).toEqual(Object.fromEntries(meant.map((value, index) => [`label-${index}`, value])));
});
