// The stack with Pulumi's real engine and providers, and the same stack through Compose beside it. Runs where the
// Pulumi CLI is on the PATH and its providers can be had.
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { LocalWorkspace, type Stack } from "@pulumi/pulumi/automation/index.js";
import type { Client } from "@xmpp/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { goOnline, logIn, trust, xmppClient } from "../../ops/xmpp-client.ts";
import { TestStack } from "../e2e/stack.ts";
import { namesBelow, pair } from "../setup/certificates.ts";
import { containerPlaces, search } from "../e2e/haystack.ts";
import { dockerOutput } from "../image/docker.ts";
import { whySkipped } from "./here.ts";
import { containerFacts, networkFacts, volumeFacts } from "./inspect.ts";

const missing = await whySkipped();
if (missing) console.log(`engine suite skipped: ${missing}`);

const certificate = await pair(namesBelow("one.test"));

describe.skipIf(missing)(`Pulumi's engine${missing ? ` (skipped: ${missing})` : ""}`, { sequential: true }, () => {
  // Nothing random, so that both engines have to come to the same bytes.
  const given = { adminPasswords: { "admin@one.test": "correct horse battery" }, certificates: { "one.test": certificate } };
  const make = (engine: TestStack["engine"]) => Object.assign(new TestStack("engine", 60, given), { engine });
  let stack: TestStack;
  let client: Client;
  let automation: Stack;

  beforeAll(async () => {
    stack = make("pulumi");
    await stack.up();
    trust(given.certificates["one.test"].certificate);
    automation = await LocalWorkspace.selectStack(
      { stackName: stack.name, workDir: "." },
      {
        envVars: {
          PULUMI_BACKEND_URL: `file://${resolve(stack.stateDirectory, "pulumi")}`,
          PULUMI_CONFIG_PASSPHRASE_FILE: join(stack.stateDirectory, "passphrase"),
        },
      },
    );
    const login = { service: stack.service(), domain: "one.test", username: "admin", password: "correct horse battery" };
    client = xmppClient(login);
    await goOnline(client, login);
  });

  afterAll(async () => {
    await client?.stop();
    await stack?.remove();
  });

  const configFile = () => join(stack.stateDirectory, "project", `Pulumi.${stack.name}.yaml`);

  test("a preview right after up expects no changes and finds none", async () => {
    const { changeSummary } = await automation.preview({ configFile: configFile(), expectNoChanges: true });
    expect(Object.keys(changeSummary)).toEqual(["same"]);
  });

  test("a change that a reload reaches replaces the deliveries alone, and the client stays online", async () => {
    const identities = () => Promise.all([stack.container, stack.front].map((container) => stack.identity(container)));
    const before = await identities();
    stack.settings.logs = { level: "debug" };
    expect(await stack.preview()).toMatch(/\+-2 to replace/); // Prosody's and Nginx's
    await stack.succeed("up");
    expect(await identities()).toEqual(before);
    expect(await stack.logs()).toMatch(/\bdebug\b/);
    expect(client.status).toBe("online");
  });

  test("a refused change fails with one line, leaves the service alone, and the next good up applies", async () => {
    const before = await stack.identity();
    const overrides = stack.write("overrides.cfg.lua", "this is not Lua (");
    stack.settings.overrides = overrides;
    const { exitCode, output } = await stack.run("up");
    expect(exitCode).not.toBe(0);
    expect(output).toContain("error: refused: overrides.cfg.lua:1: syntax error near 'is'");
    expect(output).not.toMatch(/^\s+at /m);
    const again = await stack.run("up");
    expect(again.exitCode).not.toBe(0);
    expect(await stack.identity()).toEqual(before);

    stack.write("overrides.cfg.lua", 'log = { { levels = { min = "warn" }; to = "console" } }');
    await stack.succeed("up");
    expect(await stack.identity()).toEqual(before);
    expect(client.status).toBe("online");
    delete stack.settings.overrides;
    await stack.succeed("up");
  });

  test("secrets are encrypted in the engine's state", () => {
    const state = readFileSync(join(stack.stateDirectory, `pulumi/.pulumi/stacks/prosody-stack/${stack.name}.json`), "utf8");
    expect(state).toContain("ciphertext");
    expect(state).not.toContain("correct horse battery");
    expect(state).not.toContain("PRIVATE KEY");
  });

  test("no secret is in what Docker tells of the containers; the finished one-shot alone has them among its own files", async () => {
    const key = given.certificates["one.test"].key.split("\n")[1]!;
    const needles = new Map([["password", given.adminPasswords["admin@one.test"]], ["key", key]]);
    const mounted = ["ps", "--all", "--format", "{{.Names}}", "--filter", `volume=${stack.namespace}-prosody-config`];
    const containers = (await dockerOutput(mounted)).trim().split("\n").toSorted();
    expect(containers).toEqual([expect.stringMatching(/^prosody-server-deliver-/), stack.container]);
    const places = (await Promise.all(containers.map(containerPlaces))).flat();
    // docs/decisions/0004: the engine copies the files into the one-shot, which is kept to know what was delivered.
    expect(search(new Map(places), needles)).toEqual([...needles.keys()].map((name) => `${name} in files of ${containers[0]}`));
  });

  test("down and up again on the kept data", async () => {
    await stack.createAccount("kept@one.test", "still here after all");
    await client.stop();
    await stack.succeed("down");
    expect(await stack.containers()).toEqual([]);
    await stack.up();
    await logIn({ service: stack.service(), domain: "one.test", username: "kept", password: "still here after all" });
  });

  test("the other engine refuses the stack with one line", async () => {
    stack.engine = "compose";
    const { exitCode, output } = await stack.run("up");
    stack.engine = "pulumi";
    expect(exitCode).not.toBe(0);
    expect(output.trim().split("\n")).toEqual([expect.stringContaining(`stack ${stack.name} was brought up with pulumi and stays with it`)]);
  });

  test("Compose makes the same of it: containers, networks, and the files in the volumes", async () => {
    const facts = async () => ({
      container: await containerFacts(stack.container),
      front: await networkFacts(`${stack.namespace}-front`),
      back: await networkFacts(`${stack.namespace}-back`),
      config: await volumeFacts(`${stack.namespace}-prosody-config`),
      nginx: await containerFacts(stack.front),
      nginxConfig: await volumeFacts(`${stack.namespace}-nginx-config`),
      uploads: await volumeFacts(`${stack.namespace}-prosody-uploads-1`),
    });
    await stack.remove();
    stack = make("pulumi");
    await stack.up();
    const withPulumi = await facts();
    await stack.remove();
    stack = make("compose");
    await stack.up();
    expect(await facts()).toEqual(withPulumi);
  });

  test("a part with data is turned off, leaves its data where it is, and comes back to it", async () => {
    await stack.remove();
    stack = make("pulumi");
    const { settings } = stack;
    const python = (code: string) => dockerOutput(["exec", `${stack.namespace}-backup`, "/usr/bin/python3", "-c", code]);
    stack.settings = { ...settings, backup: { enabled: true } };
    await stack.up();
    await python('open("/var/lib/backup/marker", "w").write("still here")');
    stack.settings = settings;
    await stack.up();
    expect(await stack.containers()).not.toContain(`${stack.namespace}-backup`);
    stack.settings = { ...settings, backup: { enabled: true } };
    await stack.up();
    expect(await python('print(open("/var/lib/backup/marker").read())')).toBe("still here");
  });
});
