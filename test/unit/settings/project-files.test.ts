// Pulumi.yaml, Pulumi.dev.yaml and Pulumi.prod.yaml agree with the schema and with what is built.
import { readFileSync } from "node:fs";
import { RunError } from "@pulumi/pulumi";
import * as yaml from "js-yaml";
import { expect, test } from "vitest";
import { readStackConfiguration } from "../../../render/project.ts";
import { refuseUnbuilt } from "../../../scales/built.ts";
import { settingsOf } from "../../../settings/load.ts";
import { settingsSchema } from "../../../settings/schema.ts";
import { settingsFrom } from "./parsed.ts";

interface Key {
  readonly type: string;
  readonly items?: { readonly type: string };
  readonly description: string;
  readonly default?: unknown;
}

const project = yaml.load(readFileSync("Pulumi.yaml", "utf8")) as { name: string; main: string; runtime: unknown; config: Record<string, Key> };
const shape = settingsSchema.shape as Record<string, { description?: string; def: object }>;
const keys = Object.entries(project.config);

test("the program is index.ts, run by Node as it is", () => {
  expect(project).toMatchObject({ name: "prosody-stack", main: "index.ts", runtime: { name: "nodejs", options: { typescript: false } } });
});

test("Pulumi.yaml has the schema's keys", () => expect(Object.keys(project.config).toSorted()).toEqual(Object.keys(shape).toSorted()));

test.each(keys)("%s is described as in the schema", (name, { description }) => {
  expect(description).toBeTruthy();
  expect(description).toBe(shape[name]?.description);
});

const samples: Record<string, unknown> = { string: "text", integer: 1, array: [], object: {} };

test.each(keys)("%s is of the schema's type", (name, { type, items }) => {
  const issue = (value: unknown) => settingsSchema.safeParse({ [name]: value }).error?.issues.find(({ path }) => path.length === 1 && path[0] === name);
  const refused = Object.keys(samples).filter((other) => ["invalid_type"].includes(issue(samples[other])?.code ?? ""));
  if (typeof shape[name]?.def === "object" && (shape[name].def as { type: string }).type === "enum") return expect(type).toBe("string");
  expect(refused.toSorted()).toEqual(Object.keys(samples).filter((other) => other !== type).toSorted());
  if (type === "array") expect(items?.type).toBe(name === "domains" ? "object" : "string");
});

test("every key has a default of its type, but for domains", () => {
  expect(keys.filter(([, key]) => key.default === undefined).map(([name]) => name)).toEqual(["domains"]);
  for (const [name, { type, default: value }] of keys.filter(([name]) => name !== "domains")) {
    const actual = Array.isArray(value) ? "array" : Number.isInteger(value) ? "integer" : typeof value;
    expect(actual, name).toBe(type);
  }
});

test("Pulumi.yaml's defaults change nothing", () => {
  const defaults = Object.fromEntries(keys.flatMap(([name, { default: value }]) => (value === undefined ? [] : [[name, value]])));
  expect(settingsFrom(defaults)).toEqual(settingsFrom());
});

test("dev is personal, on Docker, for xmpp.localhost", () => {
  const settings = settingsOf(readStackConfiguration("dev").config, "dev");
  expect(settings).toMatchObject({ scale: "personal", platform: "docker", environment: "development", namespace: "xmpp-dev" });
  expect(settings.domains.map(({ name }) => name.ascii)).toEqual(["xmpp.localhost"]);
  expect(settings.publish.addresses).toEqual(["127.0.0.1"]);
  expect(() => refuseUnbuilt(settings)).not.toThrow();
});

test("community is its scale, on Docker, with PostgreSQL and a TURN server", () => {
  const settings = settingsOf(readStackConfiguration("community").config, "community");
  expect(settings).toMatchObject({ scale: "community", platform: "docker", environment: "development", database: "postgresql", turn: { enabled: true } });
  expect(() => refuseUnbuilt(settings)).not.toThrow();
});

test("prod loads, and is refused in one line", async () => {
  const settings = settingsOf(readStackConfiguration("prod").config, "prod");
  expect(settings).toMatchObject({ scale: "enterprise", platform: "kubernetes", environment: "production", database: "postgresql", logs: { level: "warn" } });
  await expect(refusal(() => refuseUnbuilt(settings))).resolves.toBe("prosody-stack:scale: enterprise is not built yet (see CHANGELOG.md); set it to community");
});

test.each([
  [{ scale: "enterprise", turn: { externalAddress: "203.0.113.7" } }, "prosody-stack:scale: enterprise is not built yet (see CHANGELOG.md); set it to community"],
])("%j is refused in one line", async (given, line) => {
  await expect(refusal(() => refuseUnbuilt(settingsFrom(given)))).resolves.toBe(line);
});

/** The message of the RunError that is thrown. */
async function refusal(action: () => unknown): Promise<string> {
  try {
    await action();
  } catch (error) {
    expect(error).toBeInstanceOf(RunError);
    return (error as Error).message;
  }
  throw new Error("nothing was refused");
}
