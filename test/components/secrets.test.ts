// Secrets are marked where they stand and nowhere else, from the settings to the rendered project.
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { namesBelow, pair } from "../setup/certificates.ts";
import { reveal } from "../../render/recorder.ts";
import { type Rendered, renderStack } from "../../render/render.ts";
import { type Service, type Upload, dev, place, rendered, temporaryDirectory, uploadsOf } from "./stack.ts";

let stack: Rendered;
let secrets: string[];
const given = { password: "given-password-0123", token: "given-token-4567" };

beforeAll(async () => {
  const own = await pair(namesBelow("b.example"));
  const directory = temporaryDirectory();
  const settings = {
    ...dev,
    domains: [...dev.domains, { name: "b.example" }],
    admins: ["admin@xmpp.localhost", "boss@b.example"],
    adminPasswords: { "boss@b.example": given.password },
    secrets: { token: given.token },
    certificates: { "b.example": own },
  };
  const there = place(directory, settings);
  stack = await renderStack({ stack: "dev", ...there });
  stack.save({ forget: false });
  const kept = JSON.parse(readFileSync(join(there.stateDirectory, "resources.json"), "utf8")) as Record<string, { state: Record<string, string> }>;
  const made = Object.values(kept).flatMap(({ state }) => [state.result, state.privateKeyPem, state.key].filter((value) => value !== undefined));
  expect(made).toHaveLength(4); // a password, the CA's key, a domain's key, the key of the fingerprints
  secrets = [...made, given.password, given.token, own.key];
  rmSync(directory, { recursive: true });
});

/** Every text among the inputs by its path, and whether it or what it stands in is marked. */
function texts(value: unknown, path: string, marked = false): { path: string; text: string; marked: boolean }[] {
  if (typeof value === "string") return [{ path, text: value, marked }];
  if (typeof value !== "object" || value === null) return [];
  const keys = Object.keys(value);
  const isMark = keys.length === 2 && keys.includes("value") && reveal(value).secret;
  if (isMark) return texts((value as { value: unknown }).value, path, true);
  return Object.entries(value).flatMap(([key, item]) => texts(item, `${path}.${key}`, marked));
}

const holds = (text: string) => secrets.some((secret) => text.includes(secret.trim())) || text.includes("PRIVATE KEY");

describe("what is sent to the engine", () => {
  test("has a mark on every text that holds a secret, and on no other", () => {
    const all = stack.recording.registrations.flatMap(({ name, inputs }) => texts(inputs, name));
    const wrong = all.filter(({ text, marked }) => holds(text) !== marked).map(({ path, marked }) => `${path} is ${marked ? "" : "not "}marked`);
    expect(wrong).toEqual([]);
    expect(all.filter(({ marked }) => marked).length).toBeGreaterThanOrEqual(11);
  });

  test.each<[Service, string[]]>([
    ["prosody", ["certs/b.example.key", "certs/xmpp.localhost.key", "secrets/admin-password.admin@xmpp.localhost", "secrets/admin-password.boss@b.example", "secrets/token"]],
    ["nginx", ["certs/b.example.key", "certs/xmpp.localhost.key"]],
  ])("marks of files of %s are on their content alone", (service, expected) => {
    const [plain, secret] = [[] as Upload[], [] as Upload[]];
    for (const upload of uploadsOf(stack, service)) (reveal(upload).secret ? secret : plain).push(upload);
    expect(secret.map(({ file }) => file).toSorted()).toEqual(expected.map((path) => `/staged/secret/${path}`));
    expect(plain.length).toBeGreaterThan(10);
    for (const upload of secret) expect(reveal({ ...upload, content: "" }).secret).toBe(false);
    for (const { file, content } of plain) {
      expect(file).toMatch(/^\/staged\/plain\//);
      expect(content).toBeTypeOf("string");
    }
  });

  test("holds no secret in what components keep of their arguments", () => {
    const components = stack.recording.registrations.filter(({ type }) => type.startsWith("prosody-stack:"));
    expect(Object.fromEntries(components.map(({ name, inputs }) => [name, inputs]))).toEqual({
      docker: { namespace: "xmpp-dev" },
      ca: { commonName: "dev XMPP" },
      prosody: { domains: ["xmpp.localhost", "b.example"] },
      "prosody-server": { image: "prosody" },
      nginx: { domains: ["xmpp.localhost", "b.example"] },
      "nginx-server": { image: "nginx" },
    });
  });

  test("keeps secrets out of commands, environments, labels and names", () => {
    for (const { inputs } of stack.recording.registrations) {
      const { command, envs, labels, healthcheck, name, hostname, build } = inputs;
      expect(texts({ command, envs, labels, healthcheck, name, hostname, build }, "").filter(({ text, marked }) => marked || holds(text))).toEqual([]);
    }
  });
});

describe("outputs", () => {
  test("are secret where they hold a password, and only there", () => {
    const { outputs, secretOutputs } = stack.recording;
    expect([...secretOutputs].toSorted()).toEqual(["adminPassword", "adminPasswords"]);
    expect(Object.keys(outputs).toSorted()).toEqual(["adminJid", "adminPassword", "adminPasswords", "caCertificate", "domain", "endpoints"]);
    for (const [name, value] of Object.entries(outputs)) expect(holds(JSON.stringify(value)), name).toBe(secretOutputs.has(name));
    expect(outputs.adminPasswords).toMatchObject({ "boss@b.example": given.password });
    expect(outputs.adminPassword).toBe((outputs.adminPasswords as Record<string, string>)["admin@xmpp.localhost"]);
  });
});

describe("the rendered project", () => {
  test("has secrets in secret files alone", () => {
    expect(holds(JSON.stringify(stack.compose))).toBe(false);
    for (const { path, content, secret } of stack.files) {
      expect(path.startsWith("secrets/"), path).toBe(secret);
      expect(holds(content), path).toBe(secret);
    }
  });
  test("fingerprints are keyed: the same files have another one in another stack's state", async () => {
    const [one, other] = [await rendered(), await rendered()];
    const file = one.files.find(({ path }) => path.endsWith("/prosody.cfg.lua"))!;
    expect(one.fingerprint([file])).toMatch(/^[0-9a-f]{16}$/);
    expect(one.fingerprint([file])).toBe(one.fingerprint([{ ...file }]));
    expect(one.fingerprint([file])).not.toBe(other.fingerprint([file]));
  });
  test("a made-up password is long, and another in each stack", async () => {
    const passwords = [await rendered(), await rendered()].map(({ recording }) => String(recording.outputs.adminPassword));
    for (const password of passwords) expect(password).toMatch(/^[A-Za-z0-9]{24}$/);
    expect(passwords[0]).not.toBe(passwords[1]);
  });
});
