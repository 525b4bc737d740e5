// All problems at once, in order, each once, and never a secret among them.
import { RunError } from "@pulumi/pulumi";
import { expect, test } from "vitest";
import { settingsOf } from "../../../settings/load.ts";
import { problemLines } from "../../../settings/problems.ts";
import { domains, linesOf } from "./parsed.ts";

const ports = "prosody-stack:publish.c2sDirectTls: found 5223, which is publish.c2s already; expected a port of its own";

test("type errors, unknown settings and combinations are reported together", () => {
  expect(linesOf({ domains, foo: 1, replicas: 99, resources: { cpus: "x", memory: 1 }, publish: { c2s: 5223 }, overrides: "/nonexistent.lua" })).toEqual([
    "prosody-stack:foo: unknown setting; look it up in docs/settings.md, or remove it",
    "prosody-stack:overrides: found /nonexistent.lua, expected the path of a file that exists",
    ports,
    "prosody-stack:replicas: found 99, expected a whole number from 1 to 64",
    "prosody-stack:resources.cpus: found \"x\", expected a number of CPUs from 0.1 to 64",
    "prosody-stack:resources.memory: found 1, expected a size such as \"10MB\"",
  ]);
});

test("a combination with a setting that is broken is left out, the others are not", () => {
  expect(linesOf({ domains: "x", admins: ["x@b.example"], replicas: 50, publish: { c2s: 5223 } })).toEqual([
    'prosody-stack:domains: found "x", expected a list of domains, such as [{name: xmpp.example.org}]',
    ports,
  ]);
});

test("an unknown scale does not hide what else is wrong", () => {
  expect(linesOf({ domains, scale: "huge", publish: { c2s: 5223 } })).toEqual([
    ports,
    'prosody-stack:scale: found "huge", expected one of personal, community, enterprise',
  ]);
});

test("lines are sorted, each once", () => {
  const [a, b] = [{ key: "a", text: "x" }, { key: "b", text: "y" }];
  expect(problemLines([b, a, b])).toEqual(["prosody-stack:a: x", "prosody-stack:b: y"]);
});

test.each<[string, Record<string, unknown>]>([
  ["a short password", { adminPasswords: { "admin@a.example": "hunter2" } }],
  ["a password with a newline in it", { adminPasswords: { "admin@a.example": "hunter2 hunter2\n" } }],
  ["a password with a control character", { adminPasswords: { "admin@a.example": "hunter2\u0000hunter2" } }],
  ["passwords as a list", { adminPasswords: ["hunter2 hunter2"] }],
  ["passwords as a text", { adminPasswords: "hunter2" }],
  ["a password of nobody", { adminPasswords: { "x@b.example": "hunter2 hunter2" } }],
  ["a secret that is no text", { secrets: { token: { value: "hunter2" } } }],
  ["a secret with a path for a name", { secrets: { "../token": "hunter2" } }],
  ["secrets as a text", { secrets: "hunter2" }],
  ["a certificate as a text", { certificates: { "a.example": "hunter2" } }],
  ["a certificate with an unknown part", { certificates: { "a.example": { certificate: "hunter2", key: "hunter2", passphrase: "hunter2" } } }],
  ["a certificate and a key that are none", { certificates: { "a.example": { certificate: "-----BEGIN hunter2", key: "-----BEGIN hunter2" } } }],
  ["a key as a path that is not there", { certificates: { "a.example": { certificate: "hunter2", key: "hunter2" } } }],
])("%s is reported and not shown", (_, given) => {
  const lines = linesOf({ domains, ...given });
  expect(lines.length).toBeGreaterThan(0);
  expect(lines.join("\n")).not.toContain("hunter2");
});

test("a configuration as Pulumi hands it out: JSON but for texts, empty values unset, other projects' keys left alone", () => {
  const settings = settingsOf(
    { "prosody-stack:domains": '[{"name":"a.example"}]', "prosody-stack:welcomeMessage": "42", "prosody-stack:stopGrace": "", "prosody-stack:replicas": "1", "docker:host": "x" },
    "test",
  );
  expect(settings).toMatchObject({ welcomeMessage: "42", stopGrace: 30, replicas: 1, namespace: "xmpp-test" });
});

test.each([
  [{ "prosody-stack:domains": "not JSON" }, '1 problem in the configuration of stack test:\nprosody-stack:domains: found "not JSON", expected a list of domains, such as [{name: xmpp.example.org}]'],
  [
    { "prosody-stack:domains": "[]", "prosody-stack:nonsense": "1" },
    "2 problems in the configuration of stack test:\nprosody-stack:domains: found [], expected at least one domain, such as [{name: xmpp.example.org}]\nprosody-stack:nonsense: unknown setting; look it up in docs/settings.md, or remove it",
  ],
])("%j is a RunError with a line per problem", (config, message) => {
  const thrown = (() => {
    try {
      return settingsOf(config, "test");
    } catch (error) {
      return error;
    }
  })();
  expect(thrown).toBeInstanceOf(RunError);
  expect((thrown as Error).message).toBe(message);
});
