// Settings of generations and restores: what cannot work, and which generations there are.
import { describe, expect, test } from "vitest";
import { generationIn, generations } from "../../../components/generations.ts";
import { domains, linesOf, settingsFrom } from "./parsed.ts";

const backup = "20261129T020000Z";
const at = "2026-11-29T14:05:00Z";
const lines = (given: object) => linesOf({ domains, ...given });

describe("what cannot work", () => {
  test.each<[string, string[], string[]]>([
    ["keeping what is to come", lines({ generation: { current: 2, oldest: 3 } }), ["generation.oldest: found 3, expected at most generation.current (2)"]],
    ["a restore without backups", lines({ backup: { enabled: false }, restore: { backup } }), [`restore.backup: found ${backup} with backup.enabled false, where nothing has the backups; set that to true`]],
    ["a time without a backup", lines({ database: "postgresql", restore: { at } }), [`restore.at: found ${at} without restore.backup, expected the backup that the rest is taken from; set it, or remove this`]],
    ["a time for a file", lines({ restore: { backup, at } }), [`restore.at: found ${at} with database sqlite, of which there are the states of its backups only; remove it`]],
    ["a copy that is nowhere", lines({ restore: { backup, from: "s3" } }), ["restore.from: found s3 without backup.s3.endpoint, expected local; set that, or remove this"]],
  ])("%s", (_, found, expected) => expect(found).toEqual(expected.map((line) => `prosody-stack:${line}`)));
});

test("a restore to a time of a PostgreSQL of the stack's own works", () => {
  expect(lines({ database: "postgresql", restore: { backup, at } })).toEqual([]);
});

describe("generations", () => {
  test.each<[string, Record<string, unknown>, object]>([
    ["one, at first", {}, { generation: 1, kept: [] }],
    ["the next one beside it while a restore goes on", { restore: { backup } }, { generation: 1, kept: [2] }],
    ["the one before, until it is let go of", { generation: { current: 2, oldest: 1 } }, { generation: 2, kept: [1] }],
    ["all from the oldest on", { generation: { current: 4, oldest: 2 }, restore: { backup } }, { generation: 4, kept: [2, 3, 5] }],
    ["the current one alone once the others are let go of", { generation: { current: 7 } }, { generation: 7, kept: [] }],
  ])("%s", (_, given, expected) => expect(generations(settingsFrom(given))).toEqual(expected));
});

test.each([
  ["xmpp-dev-prosody-data-1", 1],
  ["xmpp-dev-postgres-data-12", 12],
  ["xmpp-dev-prosody-uploads-3", 3],
  ["xmpp-dev-backup-repository-1", undefined],
  ["xmpp-dev-prosody-config", undefined],
  ["xmpp-dev-two-prosody-data-1", undefined],
  ["xmpp-prosody-data-1", undefined],
  ["xmpp-dev-prosody-data", undefined],
])("the generation of %s is %s", (name, generation) => expect(generationIn(name, "xmpp-dev-")).toBe(generation));
