// A stack's configuration, read the way Pulumi reads it, encrypted values included.
import { createCipheriv, pbkdf2Sync, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RunError } from "@pulumi/pulumi";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { readStackConfiguration } from "../../../render/project.ts";

let directory: string;
beforeAll(() => void (directory = mkdtempSync(join(tmpdir(), "prosody-stack-unit-"))));
afterAll(() => rmSync(directory, { recursive: true }));
beforeEach(() => {
  vi.stubEnv("PULUMI_CONFIG_PASSPHRASE", undefined);
  vi.stubEnv("PULUMI_CONFIG_PASSPHRASE_FILE", undefined);
});
afterEach(() => vi.unstubAllEnvs());

function read(text: string) {
  const file = join(directory, "Pulumi.test.yaml");
  writeFileSync(file, text);
  return readStackConfiguration("test", file);
}

/** Pulumi's scheme: a key from the passphrase and a salt of eight bytes, values as v1:<nonce>:<sealed>, each sealed by itself. */
function encrypter(passphrase: string) {
  const salt = randomBytes(8);
  const key = pbkdf2Sync(passphrase, salt, 1_000_000, 32, "sha256");
  const seal = (text: string) => {
    const nonce = randomBytes(12);
    const cipher = createCipheriv("aes-256-gcm", key, nonce);
    const sealed = Buffer.concat([cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()]);
    return `v1:${nonce.toString("base64")}:${sealed.toString("base64")}`;
  };
  return { salt: `v1:${salt.toString("base64")}:${seal("pulumi")}`, seal };
}

test("Pulumi.yaml's defaults lie under the stack's own values, which are text, or JSON for what is no string", () => {
  const { project, config, secretKeys } = read("config:\n  prosody-stack:domains: [{ name: a.example }]\n  prosody-stack:replicas: 3\n  docker:host: unix:///x\n");
  expect(project).toBe("prosody-stack");
  expect(config).toMatchObject({
    "prosody-stack:domains": '[{"name":"a.example"}]',
    "prosody-stack:replicas": "3",
    "prosody-stack:scale": "personal",
    "prosody-stack:limits": "{}",
    "prosody-stack:namespace": "",
    "docker:host": "unix:///x",
  });
  expect(secretKeys).toEqual([]);
});

test.each(["", "config:\n", "# nothing\n"])("a file with nothing in it (%j) leaves the defaults", (text) => {
  expect(read(text).config).toMatchObject({ "prosody-stack:scale": "personal" });
});

test("encrypted values are opened, at any depth, and their keys are secret", () => {
  vi.stubEnv("PULUMI_CONFIG_PASSPHRASE", "open sesame");
  const { salt, seal } = encrypter("open sesame");
  const { config, secretKeys } = read(
    JSON.stringify({
      encryptionsalt: salt,
      config: {
        "prosody-stack:welcomeMessage": { secure: seal("hé\n$x 🔑") },
        "prosody-stack:adminPasswords": { "admin@a.example": { secure: seal("hunter2 hunter2") }, "b@a.example": "plain" },
        "prosody-stack:admins": ["a@a.example", { secure: seal("b@a.example") }],
        "prosody-stack:namespace": { secure: seal("") },
        "prosody-stack:replicas": 1,
      },
    }),
  );
  expect(config).toMatchObject({
    "prosody-stack:welcomeMessage": "hé\n$x 🔑",
    "prosody-stack:adminPasswords": '{"admin@a.example":"hunter2 hunter2","b@a.example":"plain"}',
    "prosody-stack:admins": '["a@a.example","b@a.example"]',
    "prosody-stack:namespace": "",
  });
  expect(secretKeys.toSorted()).toEqual(["adminPasswords", "admins", "namespace", "welcomeMessage"].map((key) => `prosody-stack:${key}`));
});

// Written by `pulumi config set --secret` of the CLI 3.260.0, for the passphrase "correct horse".
const writtenByPulumi = `config:
  prosody-stack:domains: [{name: xmpp.localhost}]
  prosody-stack:welcomeMessage:
    secure: v1:aXrK/T6/jR9yB2pq:b3PmdQuUA/V7FjqnFek6vmtL/Esp+r/frC+h8Pb+0A==
  prosody-stack:adminPasswords:
    admin@xmpp.localhost:
      secure: v1:jcMCqver/NXblNKU:FRweBbqA0o1BQV3L/i0uNwWbyZMxnlSIzHyjoyzLHLPPFTLU
  prosody-stack:secrets:
    token:
      secure: v1:xIeeAgeoBEOzvBgH:6VxudUd8F/YV7XoFktIVfZ7b/f5M6ALRaUc=
encryptionsalt: v1:4n2T9Np3G5A=:v1:b8gICYlJrHnN7NXF:W5Aor5gP7p7TzTCzuoGWcQYge4Kspw==
`;

test.each([
  ["PULUMI_CONFIG_PASSPHRASE", () => "correct horse"],
  ["PULUMI_CONFIG_PASSPHRASE_FILE", () => {
    writeFileSync(join(directory, "passphrase"), "correct horse\n");
    return join(directory, "passphrase");
  }],
])("what Pulumi's CLI encrypted is opened with %s", (name, value) => {
  vi.stubEnv(name, value());
  expect(read(writtenByPulumi).config).toMatchObject({
    "prosody-stack:welcomeMessage": 'hé $x "quoted"',
    "prosody-stack:adminPasswords": '{"admin@xmpp.localhost":"pässword with space"}',
    "prosody-stack:secrets": '{"token":"multi\\nline"}',
  });
});

const message = (action: () => unknown): string => {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(RunError);
    return (error as Error).message;
  }
  throw new Error("nothing was thrown");
};

test.each<[string, string | undefined, (text: string) => string]>([
  ["a wrong passphrase", "wrong", (text) => text],
  ["a value that was changed", "correct horse", (text) => text.replace("FRweBbq", "FRweBbr")],
  ["a version that is not known", "correct horse", (text) => text.replaceAll("secure: v1:", "secure: v2:")],
  ["a value that is none", "correct horse", (text) => text.replaceAll(/secure: .*/g, "secure: nonsense")],
])("%s is one line without the value", (_, passphrase, change) => {
  vi.stubEnv("PULUMI_CONFIG_PASSPHRASE", passphrase);
  expect(message(() => read(change(writtenByPulumi)))).toBe(`${join(directory, "Pulumi.test.yaml")}: found an encrypted value that the passphrase does not open, expected the passphrase it was encrypted with`);
});

test.each<[string, string | undefined, (text: string) => string]>([
  ["no passphrase", undefined, (text) => text],
  ["no salt", "correct horse", (text) => text.replace(/encryptionsalt.*/, "")],
])("%s is one line that says what to set", (_, passphrase, change) => {
  vi.stubEnv("PULUMI_CONFIG_PASSPHRASE", passphrase);
  expect(message(() => read(change(writtenByPulumi)))).toBe(`${join(directory, "Pulumi.test.yaml")}: found an encrypted value, expected PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE in the environment; set it`);
});

test("no passphrase is wanted where nothing is encrypted", () => {
  expect(read(writtenByPulumi.replaceAll(/\n +secure: .*/g, " {}")).secretKeys).toEqual([]);
});

test("a file that is not there, and one that is no YAML", () => {
  expect(message(() => readStackConfiguration("none"))).toBe("there is no stack none: expected its settings in Pulumi.none.yaml; copy Pulumi.dev.yaml and change what differs");
  expect(message(() => read("config:\n  a: [1\n"))).toMatch(/^\S+Pulumi\.test\.yaml: found no valid YAML \(.+, line [23]\)$/);
});
