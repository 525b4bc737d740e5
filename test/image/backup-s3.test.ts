// Backups that also go to an S3 server by HTTPS: both have them, either gives them back, and each failure is told as what it is.
import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { S3Server, bucket, keys } from "../setup/s3-server.ts";
import { Backups, fill, settings } from "./backups.ts";
import { docker, dockerOutput } from "./docker.ts";
import type { Files } from "./tar.ts";

const network = `image-test-${randomBytes(4).toString("hex")}`;
let server: S3Server;
let site: Backups;

const release = (s3: object = {}, secret: object = keys): Files => ({
  "backup.json": settings({ s3: { endpoint: server.endpoint, bucket, prefix: "one", region: "us-east-1", ca: true, ...s3 } }),
  "secrets/password": "a key of more than sixteen characters",
  "secrets/canary": "password",
  "secrets/s3.json": JSON.stringify(secret),
  "s3-ca.crt": server.ca,
});
const start = () => Backups.start({ options: ["--network", network] });
const entries = (text: string) => JSON.parse(text) as { id: string; from: string[] }[];

beforeAll(async () => {
  await dockerOutput(["network", "create", network]);
  server = await S3Server.start(`${network}-s3`, network);
  site = await start();
  await site.configure(release());
  await site.python(fill(2, 20));
  await site.write("/var/lib/prosody-uploads", { "upload.one.test/a": "some bytes" });
}, 600_000);
afterAll(async () => {
  await site.remove();
  await server.remove();
  await docker(["network", "rm", network]);
});

test("both repositories get it, and a machine that has nothing of the service gets it from there", async () => {
  expect((await site.run("now")).output).toContain(`the repository at ${server.endpoint} has it`);
  const [entry] = entries((await site.run("list", "--json")).last);
  expect(entry!.from).toEqual(["local", "s3"]);
  const elsewhere = await start();
  onTestFinished(() => elsewhere.remove());
  await elsewhere.configure({ ...release(), "restore.json": JSON.stringify({ backup: entry!.id, from: "s3", database: "sqlite" }) });
  expect(entries((await elsewhere.run("list", "--json")).last)).toMatchObject([{ id: entry!.id, from: ["s3"] }]);
  expect(await elsewhere.run("restore-files")).toMatchObject({ exitCode: 0 });
  expect(await elsewhere.contents()).toBe(await site.contents());
});

test("a server that is away fails the backup there, not the one on the volume; both are told, and it is made up for", async () => {
  await server.stop();
  const away = await site.run("now");
  expect(away).toMatchObject({ exitCode: 1, last: expect.stringContaining(`the repository at ${server.endpoint} cannot be reached: `) as string });
  expect(away.output).toContain("the repository on the volume has it");
  const listed = await site.run("list", "--json");
  expect(listed.exitCode).toBe(1);
  const found = entries(listed.stdout);
  expect(found.map(({ from }) => from)).toEqual([["local"], ["local"]]);
  const success = (kind: string) => site.python(`print(open("/var/lib/backup/metrics/stack_${kind}_last_run_success.prom").read().split()[-1])`);
  expect([await success("backup_local"), await success("backup_s3"), await success("backup")]).toEqual(["1", "0", "0"]);
  await server.again();
  expect(await site.run("now")).toMatchObject({ exitCode: 0 });
});

test.each<[string, object, object, RegExp]>([
  ["a key that is not known", {}, { ...keys, accessKeyId: "somebody" }, /: access denied: look at backup\.s3\.accessKeyId, backup\.s3\.secretAccessKey and the bucket's policy$/],
  ["a wrong secret", {}, { ...keys, secretAccessKey: "wrong" }, /: access denied: look at backup\.s3/],
  ["an authority that is not trusted", { ca: false }, keys, /cannot be reached: .*certificate verify failed/],
])("%s is told", async (_, s3, secret, line) => {
  await site.configure(release(s3, secret));
  const { exitCode, last } = await site.run("now");
  expect(exitCode).toBe(1);
  expect(last).toMatch(line);
});
