// Backups of a running service: made, tried by a drill, and brought back, with everything that people had in it.
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { xml } from "@xmpp/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { logIn } from "../../ops/xmpp-client.ts";
import { docker, dockerOutput } from "../image/docker.ts";
import { S3Server, bucket, keys } from "../setup/s3-server.ts";
import { Session, nextSecond } from "./client.ts";
import { TestStack } from "./stack.ts";
import { fetchFrom, slotFor, upload } from "./web.ts";

const domain = "one.test";
const password = "a password of theirs";

describe.each([
  ["sqlite", new TestStack("backup-sqlite", 45)],
  ["postgresql", new TestStack("backup-postgresql", 47)],
] as const)("with %s", (database, stack) => {
  stack.settings = { ...stack.settings, database, backup: { enabled: true } };
  const service = () => stack.service();
  const file = randomBytes(100_000);
  let server: S3Server | undefined;
  let picture: string;
  let first: string;

  /** What the command has written into the settings file is the stack's from now on. */
  function adoptGeneration(): void {
    const { config } = JSON.parse(readFileSync(join(stack.directory, `Pulumi.${stack.name}.yaml`), "utf8")) as { config: Record<string, unknown> };
    expect(config["prosody-stack:restore"]).toBeUndefined();
    stack.settings = { ...stack.settings, generation: config["prosody-stack:generation"] };
  }
  const asAlice = () => Session.open({ service: service(), domain, username: "alice", password });
  async function write(text: string): Promise<void> {
    const session = await asAlice();
    await session.send(xml("message", { to: `admin@${domain}`, type: "chat" }, xml("body", {}, text)));
    expect(await session.ping()).toBe(true);
    await session.close();
  }
  async function remembers(text: string): Promise<boolean> {
    const session = await asAlice();
    const found = await session.archived(text);
    await session.close();
    return found.length > 0;
  }
  const program = (...words: string[]) => docker(["exec", `${stack.namespace}-backup`, "/usr/bin/python3", "-m", "stack_backup", ...words]);
  const backups = async () => JSON.parse(await stack.succeed("xmpp", "backup", "list", "--json")) as { id: string; from: string[] }[];

  beforeAll(async () => {
    await stack.up();
    await stack.createAccount(`alice@${domain}`, password);
    const session = await asAlice();
    const given = await slotFor(session, `upload.${domain}`, { size: file.length });
    expect((await upload(given, file)).status).toBe(201);
    picture = given.get;
    await session.close();
    await write("before the backup");
  });

  afterAll(async () => {
    await Session.closeAll();
    await server?.remove();
    await stack.remove();
  });

  test("one is made while people are online, has the stack's own files too, and is listed", async () => {
    const online = await asAlice();
    const said = await stack.succeed("xmpp", "backup", "now");
    expect(said).toMatch(/^the repository on the volume has it\nbackup \d{8}T\d{6}Z: done$/);
    expect(await online.ping()).toBe(true);
    await online.close();
    const [one, ...others] = await backups();
    expect(others).toEqual([]);
    first = one!.id;
    const names = await dockerOutput(["exec", `${stack.namespace}-backup`, "/usr/bin/python3", "-c", `
import json
from stack_backup import config, places, restore_files
repository, snapshot = restore_files.find(config.read(), "${first}", "local")
print("\\n".join(json.loads(repository.read(snapshot, places.MANIFEST))["hashes"]))`]);
    for (const part of [`stack/settings/Pulumi.${stack.name}.yaml`, "stack/state/resources.json", "services/prosody/certs/one.test.key", "services/nginx/nginx.conf", "prosody-uploads/upload.one.test/"]) expect(names).toContain(part);
  });

  test("a drill restores it beside the service, which goes on, and finds what the canary has left", async () => {
    const before = await stack.identity();
    const online = await asAlice();
    const { exitCode, output } = await program("drill");
    expect(exitCode, output).toBe(0);
    expect(output.trim().split("\n").at(-1)).toBe(`drill of ${first}: passed`);
    expect(await online.ping()).toBe(true);
    await online.close();
    expect(await stack.identity()).toEqual(before);
    expect(await dockerOutput(["exec", `${stack.namespace}-backup`, "/usr/bin/python3", "-c", `print(open("/var/lib/backup/metrics/stack_drill_last_run_success.prom").read().split()[-1])`])).toBe("1");
  });

  test("what it does not know is refused, and nothing is touched", async () => {
    const before = await stack.identity();
    const { exitCode, output } = await stack.run("xmpp", "restore", "20200101T000000Z");
    expect(exitCode).toBe(1);
    expect(output.trim().split("\n").at(-1)).toContain(first);
    expect(await stack.identity()).toEqual(before);
    adoptGeneration();
  });

  test("restored, everybody has what they had then, files too, and nothing of what came after", async () => {
    await write("after the backup");
    const said = await stack.succeed("xmpp", "restore", "latest");
    expect(said).toContain(`${first} is restored: generation 2 of the data is in use.`);
    adoptGeneration();
    await logIn({ service: service(), domain, username: "admin", password: stack.outputs.adminPassword });
    expect(await remembers("before the backup")).toBe(true);
    expect(await remembers("after the backup")).toBe(false);
    const got = await fetchFrom(picture);
    expect(got.status).toBe(200);
    expect(Buffer.compare(got.body, file)).toBe(0);
    await write("a new message");
    expect(await stack.preview()).toBe("no changes");
  });

  test.runIf(database === "postgresql")("a second in time is restored, too", async () => {
    await write("in time");
    await nextSecond();
    const at = new Date().toISOString().replace(/\.\d+/, "");
    await nextSecond();
    await write("too late");
    await stack.succeed("xmpp", "restore", "latest", "--at", at);
    adoptGeneration();
    expect(await remembers("in time")).toBe(true);
    expect(await remembers("too late")).toBe(false);
  });

  test.runIf(database === "sqlite")("to the second there is no way back for a file, and that is said", async () => {
    const { exitCode, output } = await stack.run("xmpp", "restore", "latest", "--at", "2026-11-29T12:00:00Z");
    expect(exitCode).toBe(1);
    expect(output).toMatch(/--at: found 2026-11-29T12:00:00Z with database sqlite/);
  });

  test.runIf(database === "postgresql")("with the S3 server alone, everything comes back, and what was restored is proven like what was before", async () => {
    await write("kept elsewhere");
    server = await S3Server.start(`${stack.namespace}-s3`, `${stack.namespace}-front`);
    stack.settings = { ...stack.settings, backup: { enabled: true, s3: { endpoint: server.endpoint, bucket, ...keys, ca: server.ca } } };
    await stack.up();
    expect(await stack.succeed("xmpp", "backup", "now")).toContain(`the repository at ${server.endpoint} has it`);
    await write("lost");
    await dockerOutput(["rm", "--force", `${stack.namespace}-backup`, await stack.deliveryContainer("backup")]);
    await dockerOutput(["volume", "rm", `${stack.namespace}-backup-repository-1`]);
    await stack.up();
    expect((await backups()).map(({ from }) => from)).toEqual([["s3"]]);
    await stack.succeed("xmpp", "restore", "latest", "--from", "s3");
    adoptGeneration();
    expect(await remembers("kept elsewhere")).toBe(true);
    expect(await remembers("lost")).toBe(false);
    await stack.succeed("xmpp", "backup", "now");
    const { exitCode, output } = await program("drill");
    expect(exitCode, output).toBe(0);
  });
});
