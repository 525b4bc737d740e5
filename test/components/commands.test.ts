// The commands that need no engine, run as an operator runs them: what they print, and what they leave behind.
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { describe, expect, test } from "vitest";
import { dev, directoryOfTest, place } from "./stack.ts";

/** A directory with settings and a state of its own, and the commands in it. */
function operator(settings: object = dev) {
  const directory = directoryOfTest();
  let { configFile } = place(directory, settings);
  return {
    directory,
    state: join(directory, "prosody-stack/unit"),
    change: (changed: object) => void ({ configFile } = place(directory, changed)),
    run: async (...args: string[]) => {
      const all = ["ops/main.ts", ...args, "--stack", "unit", "--config-file", configFile];
      const { exitCode, stdout, stderr } = await execa(process.execPath, all, { reject: false, env: { XDG_STATE_HOME: directory, PROSODY_STACK_ENGINE: "compose", NODE_OPTIONS: "" } });
      return { exitCode, stdout, stderr };
    },
  };
}

describe("output", () => {
  test("is a line for each, sorted, with secrets hidden", async () => {
    const { exitCode, stdout } = await operator().run("output");
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(
      /^adminJid: admin@xmpp\.localhost\nadminPassword: \[secret\]\nadminPasswords: \[secret\]\ncaCertificate: -----BEGIN CERTIFICATE-----\n[^:]+-----END CERTIFICATE-----\ndomain: xmpp\.localhost\nendpoints: \{"c2s":"127\.0\.0\.1:5222",.*,"websocket":"wss:\/\/xmpp\.localhost\/xmpp-websocket","web":"https:\/\/xmpp\.localhost\/"\}$/,
    );
  });

  test("of one name is its value alone, the same each time", async () => {
    const { run } = operator();
    expect(await run("output", "domain")).toEqual({ exitCode: 0, stdout: "xmpp.localhost", stderr: "" });
    expect((await run("output", "adminPassword")).stdout).toBe("[secret]");
    const { stdout } = await run("output", "adminPassword", "--show-secrets");
    expect(stdout).toMatch(/^[A-Za-z0-9]{24}$/);
    expect(await run("output", "adminPassword", "--show-secrets")).toEqual({ exitCode: 0, stdout, stderr: "" });
    const json = await run("output", "--json", "--show-secrets");
    expect(JSON.parse(json.stdout)).toMatchObject({ adminPassword: stdout, adminPasswords: { "admin@xmpp.localhost": stdout }, endpoints: { c2s: "127.0.0.1:5222" } });
    expect(JSON.parse((await run("output", "adminJid", "--json")).stdout)).toBe("admin@xmpp.localhost");
    expect(JSON.parse((await run("output", "--json")).stdout)).toMatchObject({ adminPassword: "[secret]", adminPasswords: "[secret]" });
  });

  test("of another name is one line that says which there are", async () => {
    expect(await operator().run("output", "toString")).toEqual({
      exitCode: 1, stdout: "", stderr: "error: there is no output toString, expected one of adminJid, adminPassword, adminPasswords, caCertificate, domain, endpoints",
    });
  });
});

test("a reader that has seen enough is no error, and what was asked for is done", async () => {
  const { directory, run } = operator();
  await run("output"); // a state
  const command = `"$0" ops/main.ts render --stack unit --config-file "$1" --out "$2" | true; exit "\${PIPESTATUS[0]}"`;
  const out = join(directory, "out");
  const { exitCode, stderr } = await execa("bash", ["-c", command, process.execPath, join(directory, "Pulumi.test.yaml"), out], { reject: false, env: { XDG_STATE_HOME: directory, PROSODY_STACK_ENGINE: "compose", NODE_OPTIONS: "" } });
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  expect(existsSync(join(out, "compose.yaml"))).toBe(true);
});

describe("what is wrong is said in lines without a stack", () => {
  test("settings", async () => {
    const { run, state } = operator({ ...dev, replicas: 2, foo: 1 });
    for (const command of ["up", "preview", "output", "render", "down"]) {
      const { exitCode, stderr } = await run(command);
      expect(exitCode, command).toBe(1);
      expect(stderr.split("\n"), command).toEqual([
        "error: 2 problems in the configuration of stack unit:",
        "prosody-stack:foo: unknown setting; look it up in docs/settings.md, or remove it",
        "prosody-stack:replicas: found 2 with database sqlite, expected 1: a SQLite file has one writer; set database to postgresql",
      ]);
    }
    expect(existsSync(join(state, "resources.json"))).toBe(false);
  });

  test.each([["nothing", []], ["an unknown command", ["start"]], ["toString", ["toString"]], ["an unknown option", ["output", "--foo"]]])("%s: how it is used", async (_, args) => {
    const { exitCode, stderr, stdout } = await execa(process.execPath, ["ops/main.ts", ...args], { reject: false });
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" });
    expect(stderr).toMatch(/^error: (.*\n)?usage: npm run <up\|down\|preview\|output\|render\|images> -- /);
    expect(stderr).not.toMatch(/^ {4}at /m);
  });

  test("data is not removed without being asked", async () => {
    const { run, state } = operator();
    await run("output");
    expect(await run("down", "--data")).toEqual({ exitCode: 1, stdout: "", stderr: "error: --data removes all accounts, messages and keys of stack unit; add --yes to confirm" });
    expect(existsSync(join(state, "resources.json"))).toBe(true);
  });
});

test("render writes dashboards of what is watched, and none where nothing is", async () => {
  const { directory, run, change } = operator();
  const out = join(directory, "out");
  await run("render", "--out", out);
  expect(existsSync(join(out, "dashboards"))).toBe(false);
  change({ ...dev, monitoring: "own" });
  expect(await run("render", "--out", out)).toEqual({ exitCode: 0, stdout: `written to ${out}`, stderr: "" });
  expect(readdirSync(join(out, "dashboards")).toSorted()).toEqual(["compliance.json", "security.json", "server-overview.json", "user-activity.json"]);
  expect(JSON.parse(readFileSync(join(out, "dashboards/security.json"), "utf8"))).toMatchObject({ title: "Security (xmpp-unit)", schemaVersion: 42 });
});

test("render writes whom a Prometheus of the operator's own is to ask, and its rules", async () => {
  const { directory, run, change } = operator();
  const out = join(directory, "out");
  change({ ...dev, monitoring: "external", scrape: { networks: ["192.0.2.9"] } });
  expect(await run("render", "--out", out)).toEqual({ exitCode: 0, stdout: `written to ${out}`, stderr: "" });
  expect(readdirSync(join(out, "prometheus")).toSorted()).toEqual(["rules", "scrape.yml"]);
  expect(readdirSync(join(out, "prometheus/rules"))).toContain("availability.yml");
  expect(readFileSync(join(out, "prometheus/scrape.yml"), "utf8")).toContain("xmpp.localhost:443");
  expect(readFileSync(join(out, "dashboards/server-overview.json"), "utf8")).toContain('up{stack=\\"xmpp-unit\\"}');
});

test("render writes the project where it is told to", async () => {
  const { run, directory } = operator();
  const out = join(directory, "out");
  expect(await run("render", "--out", out)).toEqual({ exitCode: 0, stdout: `written to ${out}`, stderr: "" });
  expect(readdirSync(out).toSorted()).toEqual([".gitignore", ".prosody-stack", "compose.yaml", "files", "images", "secrets"]);
  expect(existsSync(join(directory, "prosody-stack/unit/lock"))).toBe(false);
});

test("preview names what would come, and changes nothing", async () => {
  const { run, state } = operator();
  const { exitCode, stdout } = await run("preview");
  expect(exitCode).toBe(0);
  expect(stdout.split("\n").filter((line) => line.startsWith("+"))).toEqual([
    "+ network xmpp-unit-back",
    "+ network xmpp-unit-front",
    "+ volume xmpp-unit-nginx-answers",
    "+ volume xmpp-unit-nginx-config",
    "+ volume xmpp-unit-prosody-answers",
    "+ volume xmpp-unit-prosody-config",
    "+ volume xmpp-unit-prosody-data-1",
    "+ volume xmpp-unit-prosody-uploads-1",
    "+ container xmpp-unit-nginx",
    "+ container xmpp-unit-prosody",
  ]);
  expect(existsSync(join(state, "applied.json"))).toBe(false);
});

test("looking at other settings forgets no password or key of those that are in force", async () => {
  const { run, change, state } = operator({ ...dev, admins: ["a@xmpp.localhost", "b@xmpp.localhost"] });
  const passwords = async () => (await run("output", "adminPasswords", "--show-secrets", "--json")).stdout;
  const before = await passwords();
  const stored = readFileSync(join(state, "resources.json"), "utf8");
  expect(stored).toContain((JSON.parse(before) as Record<string, string>)["b@xmpp.localhost"]);
  change({ ...dev, admins: ["a@xmpp.localhost"] });
  await run("preview");
  change({ ...dev, admins: ["a@xmpp.localhost", "b@xmpp.localhost"] });
  expect(await passwords()).toBe(before);
});
