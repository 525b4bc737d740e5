// A new release reaches a running Prosody, seen from outside, and does not stay if Prosody cannot run it.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { serialOf } from "../setup/certificates.ts";
import { dockerOutput, eventually } from "./docker.ts";
import { imageSources, prosodyImage } from "./image.ts";
import { certificate, domain, release } from "./release.ts";
import { Site } from "./site.ts";
import { directTls, serial, startTls } from "./stream.ts";

const patience = 5; // seconds: longer than an answer takes on a busy machine
let site: Site;
let scratch: string;

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), "image-test-"));
  const recipe = await readFile(join(imageSources, "service.lua"), "utf8");
  expect(recipe).toContain("answer_timeout = 60");
  await writeFile(join(scratch, "service.lua"), recipe.replace("answer_timeout = 60", `answer_timeout = ${patience}`));
  site = new Site(await prosodyImage());
  site.useRecipe(join(scratch, "service.lua"));
  await site.deliver(await release());
  await site.start();
}, 300_000);

// Each test leaves the service on a release of its own making that works.
beforeEach(async () => {
  expect((await site.deliver(await release(`-- ${Math.random()}`))).exitCode).toBe(0);
});

afterAll(async () => {
  await site.remove();
  await rm(scratch, { recursive: true });
});

test("a fresh certificate is served on every port, with and without SNI, and open streams stay open", async () => {
  const [c2s, c2sTls, s2s, s2sTls] = [await site.port(5222), await site.port(5223), await site.port(5269), await site.port(5270)];
  const stream = await directTls(c2sTls);
  let closed = false;
  stream.socket.on("close", () => (closed = true));

  // Three, so that the release that Prosody was started with is gone in the end.
  for (let round = 0; round < 3; round++) {
    const pair = await certificate(domain);
    const delivered = await site.deliver(await release("", pair));
    expect(delivered.last).toBe(`delivered ${delivered.hash}: applied without a restart`);
    const served = await Promise.all([
      serial(startTls(c2s)),
      serial(startTls(s2s, "jabber:server")),
      serial(directTls(c2sTls)),
      serial(directTls(c2sTls, "xmpp-client", "")),
      serial(directTls(s2sTls, "xmpp-server")),
      serial(directTls(s2sTls, "xmpp-server", "")),
    ]);
    expect(served).toEqual(served.map(() => serialOf(pair)));
  }
  expect(closed).toBe(false);
  stream.close();
});

// Prosody calls what hosts do at a reload in an order that differs from start to start: with many of them it is hardly ever
// the right one by chance.
test("a fresh certificate is served for every host", async () => {
  const hosts = Array.from({ length: 12 }, (_, i) => `host-${i}.${domain}`);
  const config = hosts.map((host) => `VirtualHost "${host}"\n`).join("");
  const many = new Site(site.image);
  try {
    await many.deliver(await release(config));
    await many.start();
    const pair = await certificate(domain);
    expect((await many.deliver(await release(config, pair))).exitCode).toBe(0);
    const port = await many.port(5222);
    const served = await Promise.all(hosts.map((host) => serial(startTls(port, "jabber:client", host))));
    expect(served).toEqual(hosts.map(() => serialOf(pair)));
  } finally {
    await many.remove();
  }
});

test("the answer tells what waits for a restart", async () => {
  const changes = `
\tmodules_enabled { "uptime" }
\tmodules_disabled = { "stack_admins" }
VirtualHost "second.test"
Component "rooms.xmpp.test" "muc"
`;
  const { "prosody.cfg.lua": config, ...others } = await release(changes);
  const moved = (config as string).replace("{ 5223 }", "{ 5223, 5224 }");
  const delivered = await site.deliver({ ...others, "prosody.cfg.lua": moved });
  expect(delivered.last).toBe(
    `delivered ${delivered.hash}: applied without a restart; takes effect at the next restart: ` +
      "add host rooms.xmpp.test, add host second.test, load uptime on xmpp.test, option c2s_direct_tls_ports, " +
      "unload stack_admins on xmpp.test",
  );
});

test("what only the running service can refuse is rolled back", async () => {
  const script = `\n\tmodules_enabled { "firewall" }\n\tfirewall_scripts = { "a.pfw" }\n`;
  const loaded = await site.deliver({ ...(await release(script)), "a.pfw": "::deliver\nKIND: message\nPASS.\n" });
  expect(loaded.exitCode).toBe(0);
  expect((await site.exec("prosodyctl", "shell", "module", "load", "firewall", domain)).exitCode).toBe(0);

  const refused = await site.deliver({ ...(await release(script)), "a.pfw": "::deliver\nKIN: message\nPASS.\n" });
  expect(refused.last).toMatch(/^refused: .*firewall: Error compiling a\.pfw: Unknown condition on line 2: KIN/);
  expect(refused.exitCode).toBe(4);
  expect(await site.current()).toBe(loaded.hash);
  expect(await site.applied()).toMatch(new RegExp(`^${loaded.hash} ok `));
  expect(await site.listing()).not.toContain("/config/.pending");
});

test("no answer in time is rolled back, and the service finds itself on the old release", async () => {
  const before = await site.current();
  await dockerOutput(["pause", site.name]);
  const refused = await site.deliver(await release("-- unheard"));
  expect(refused.last).toBe(`refused: no answer from the service within ${patience} s`);
  expect(refused.exitCode).toBe(5);
  expect(await site.current()).toBe(before);
  await dockerOutput(["unpause", site.name]);
  expect(await site.deliver(await release("-- heard"))).toMatchObject({ exitCode: 0 });
});

test("killed while it waits for the service, a delivery is ended by the next", async () => {
  const before = await site.current();
  await dockerOutput(["pause", site.name]);
  const container = await site.stage(await release("-- killed"));
  await dockerOutput(["start", container]);
  await eventually("the link is switched", async () => (await site.current()) !== before);
  const killed = await site.current();
  await dockerOutput(["kill", "--signal", "KILL", container]);
  expect(await site.listing()).toContain("/config/.pending");
  await dockerOutput(["unpause", site.name]);

  const next = await site.deliver(await release("-- next"));
  expect(next.output).toContain(`an earlier delivery of ${killed} was interrupted`);
  expect(next.last).toBe(`delivered ${next.hash}: applied without a restart`);
  expect(await site.applied()).toMatch(new RegExp(`^${next.hash} ok `));
  expect(await site.listing()).not.toContain("/config/.pending");
});
