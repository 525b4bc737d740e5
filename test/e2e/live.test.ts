// Changes of a running stack with somebody online: what is refused changes nothing, what is good arrives without a restart.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { logIn, trust } from "../../ops/xmpp-client.ts";
import { docker, dockerOutput } from "../image/docker.ts";
import { type Pair, authority, namesBelow, serialOf, writePair } from "../setup/certificates.ts";
import { Session } from "./client.ts";
import { type CommandResult, type Identity, TestStack } from "./stack.ts";
import { Stream, serialNumber } from "./stream.ts";

const domain = "one.test";
const stack = new TestStack("live", 3);
const files = { certificate: join(stack.directory, "own.crt"), key: join(stack.directory, "own.key") };
const untrusted = { rejectUnauthorized: false };
const certificateFor = async (name: string) => (await authority()).issue(namesBelow(name));
let pair: Pair;
let online: Session;
let before: Identity;

/** What is in force, seen from outside and inside. */
async function inForce(): Promise<{ serial: string; answer: string }> {
  const code = `print((io.open("/answers/applied"):read("l")))`;
  return {
    serial: await serialNumber(stack.ports.c2s, domain, untrusted),
    answer: (await dockerOutput(["exec", stack.container, "/usr/bin/lua5.4", "-e", code])).trim(),
  };
}

beforeAll(async () => {
  pair = await certificateFor(domain);
  writePair(pair, files);
  stack.settings = { ...stack.settings, certificates: { [domain]: files } };
  await stack.up();
  trust(pair.certificate);
  before = await stack.identity();
  await stack.createAccount(`alice@${domain}`, "password of alice"); // an administrator's sessions end with the role
  online = await Session.open({ service: stack.service(), domain, username: "alice", password: "password of alice" });
});

beforeEach(async () => {
  expect(await online.ping()).toBe(true);
});

afterEach(async () => {
  expect(await online.ping()).toBe(true);
  expect(await stack.identity()).toEqual(before);
});

afterAll(async () => {
  await Session.closeAll();
  await stack.remove();
});

/** One reason, on a line of its own, and nothing that only a programmer would read. */
function expectRefusal({ exitCode, output }: CommandResult, reason: RegExp): void {
  expect(exitCode).toBe(1);
  expect(output.match(/^error: .*/gm)).toHaveLength(1);
  expect(output.slice(output.indexOf("error: "))).toMatch(reason);
  expect(output).not.toMatch(/^\s+at |Traceback|stack traceback|Node\.js v/m);
}

const deliveries: [string, string, RegExp][] = [
  ["a bad configuration", "VirtualHost = = 1\n", /refused: overrides\.cfg\.lua:1: unexpected symbol near '='$/],
  ["a missing secret", 'contact_password = FileLine("secrets/absent")\n', /refused: overrides\.cfg\.lua:1: secrets\/absent: No such file or directory$/],
];

test.each(deliveries)("%s is refused by the delivery, with its reason", async (_name, lua, reason) => {
  const was = await inForce();
  stack.settings = { ...stack.settings, overrides: stack.write("overrides.cfg.lua", lua) };
  expectRefusal(await stack.run("up"), reason);
  expect(await inForce()).toEqual(was);
});

test("a key of another certificate is refused before anything is touched", async () => {
  const was = await inForce();
  writeFileSync(files.key, (await certificateFor(domain)).key);
  stack.settings = { ...stack.settings, overrides: undefined };
  const result = await stack.run("up");
  writePair(pair, files);
  expectRefusal(result, /prosody-stack:certificates\.one\.test\.key: found a key that is not the certificate's, .*$/);
  expect(await inForce()).toEqual(was);
});

test("a key that was changed behind the settings' back is refused by the delivery", async () => {
  const was = await inForce();
  const staged = join(stack.renderedDirectory, "secrets", await stack.deliveryContainer(), "staged/secret/certs", `${domain}.key`);
  writeFileSync(staged, (await certificateFor(domain)).key); // in place: owner and mode stay
  const { exitCode, output } = await docker(["start", "--attach", await stack.deliveryContainer()]);
  expect(exitCode).toBe(3);
  expect(output.trim().split("\n").at(-1)).toBe(`refused: certs/${domain}.key is not the key of certs/${domain}.crt`);
  expect(await inForce()).toEqual(was);
});

test("the next good up applies: an override and a secret make a new administrator", async () => {
  const password = "the second one's password";
  const lua = `VirtualHost "${domain}"\nstack_admins = { { username = "second"; password = FileLine("secrets/second") } }\n`;
  stack.settings = { ...stack.settings, secrets: { second: password }, overrides: stack.write("overrides.cfg.lua", lua) };
  expect(await stack.preview()).not.toContain("its sessions end");
  await stack.up();
  await logIn({ service: stack.service(), domain, username: "second", password });
});

test("a log level is in force at once", async () => {
  expect(await stack.logs()).not.toMatch(/\sdebug\s/);
  stack.settings = { ...stack.settings, logs: { level: "debug" } };
  await stack.up();
  expect(await stack.logs()).toMatch(/\sdebug\s/);
});

test("a renewed certificate is shown to whoever comes next", async () => {
  pair = await certificateFor(domain);
  writePair(pair, files);
  await stack.up();
  const streams = await Promise.all([
    Stream.plain(stack.ports.s2s, domain, "jabber:server").then((stream) => stream.startTls(untrusted)),
    Stream.directTls(stack.ports.c2sDirectTls, domain, "xmpp-client", untrusted),
    Stream.directTls(stack.ports.s2sDirectTls, domain, "xmpp-server", untrusted),
    Stream.directTls(stack.ports.https, domain, "http/1.1", untrusted),
  ]);
  const serials = streams.map(({ certificate }) => certificate.own.serialNumber);
  expect([(await inForce()).serial, ...serials]).toEqual(Array.from({ length: 5 }, () => serialOf(pair)));
  for (const stream of streams) stream.close();
});

test("an up without a change changes nothing", async () => {
  const was = await inForce();
  expect(await stack.preview()).toBe("no changes");
  await stack.up();
  expect(await inForce()).toEqual(was);
});
