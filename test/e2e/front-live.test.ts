// Changes of the front while people are connected through it and past it: nobody is cut off, old workers stay few, and what
// is refused changes nothing.
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import { once } from "node:events";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { trust } from "../../ops/xmpp-client.ts";
import { docker, dockerOutput, eventually } from "../image/docker.ts";
import { type Authority, type Pair, authority, namesBelow, serialOf, writePair } from "../setup/certificates.ts";
import { Session } from "./client.ts";
import { resolveHere } from "./names.ts";
import { type Identity, TestStack } from "./stack.ts";
import { fetchFrom } from "./web.ts";

const domain = "one.test";
const password = "correct horse battery";
const stack = new TestStack("front-live", 24);
const { https } = stack.ports;
const files = { certificate: join(stack.directory, "own.crt"), key: join(stack.directory, "own.key") };
const ways = { STARTTLS: stack.service(), "direct TLS": stack.service(true), ALPN: `xmpps://127.0.0.1:${https}`, WebSocket: `wss://${domain}:${https}/xmpp-websocket` };
let issuer: Authority;
let pair: Pair;
let sessions: Session[];
let before: Identity;

const login = (service: string) => Session.open({ service, domain, username: "alice", password });

/** What the front said of the last delivery. */
async function answer(): Promise<string> {
  return (await dockerOutput(["exec", stack.front, "/usr/bin/lua5.4", "-e", `print((io.open("/answers/applied"):read("l")))`])).trim();
}

async function oldWorkers(): Promise<number> {
  const count = `package.path = "/usr/lib/stack/?.lua;" .. package.path
    local old = 0
    for _, worker in pairs(require "workers".of(tonumber((io.open("/run/nginx/nginx.pid"):read("l"))))) do
      old = old + (worker.old and 1 or 0)
    end
    print(old)`;
  return Number(await dockerOutput(["exec", stack.front, "/usr/bin/lua5.4", "-e", count]));
}

let rate = 100;

/** Something of the front's configuration changes and nothing else. */
async function reload(): Promise<void> {
  stack.settings = { ...stack.settings, front: { requestsPerSecond: ++rate } };
  await stack.up();
}

beforeAll(async () => {
  resolveHere(domain);
  issuer = await authority();
  pair = await issuer.issue(namesBelow(domain));
  writePair(pair, files);
  stack.settings = { ...stack.settings, certificates: { [domain]: files } };
  trust(pair.certificate);
  await stack.up();
  await stack.createAccount(`alice@${domain}`, password);
  before = await stack.identity(stack.front);
  sessions = await Promise.all(Object.values(ways).map(login));
});

afterEach(async () => {
  expect(await stack.identity(stack.front)).toEqual(before);
  expect(await Promise.all(sessions.map((session) => session.ping()))).toEqual(sessions.map(() => true));
});

afterAll(async () => {
  await Session.closeAll();
  await stack.remove();
});

test("a reload cuts no stream, neither past the front nor through it; the old worker stays for those that it has", async () => {
  await reload();
  expect(await answer()).toMatch(/ ok applied without a restart; old workers that still serve connections: 1$/);
  expect(await oldWorkers()).toBe(1);
});

test("a renewed certificate is shown to whoever comes next, by TLS of XMPP and of HTTPS", async () => {
  pair = await issuer.issue(namesBelow(domain));
  writePair(pair, files);
  trust(pair.certificate);
  await stack.up();
  const serials = ["xmpp-client", "xmpp-server", "h2"].map(async (protocol) => {
    const socket = connectTls({ host: "127.0.0.1", port: https, servername: domain, ALPNProtocols: [protocol] });
    await once(socket, "secureConnect");
    const { serialNumber } = socket.getPeerCertificate();
    socket.destroy();
    return serialNumber;
  });
  expect(await Promise.all(serials)).toEqual([serialOf(pair), serialOf(pair), serialOf(pair)]);
});

test("configuration that Nginx does not take is refused with its reason, and the old one stays in force", async () => {
  const staged = join(stack.renderedDirectory, "files", await stack.deliveryContainer("nginx"), "staged/plain");
  expect(readdirSync(staged)).toContain("http.conf");
  const was = await answer();
  writeFileSync(join(staged, "http.conf"), "nonsense on;\n");
  const { exitCode, output } = await docker(["start", "--attach", await stack.deliveryContainer("nginx")]);
  expect(exitCode).toBe(3);
  expect(output.trim().split("\n").at(-1)).toBe('refused: unknown directive "nonsense" in http.conf:1');
  expect(await answer()).toBe(was);
  expect((await fetchFrom(`https://${domain}:${https}/health`)).status).toBe(200);
});

test("Prosody is found again wherever it is after a restart, and nothing of the front is reloaded for that", async () => {
  const was = await answer();
  const addressOf = async () => (await dockerOutput(["inspect", "--format", `{{(index .NetworkSettings.Networks "${stack.namespace}-back").IPAddress}}`, stack.container])).trim();
  const address = await addressOf();
  await Promise.all(sessions.map((session) => session.close()));
  await dockerOutput(["network", "disconnect", `${stack.namespace}-back`, stack.container]);
  // Somebody else takes the address.
  const image = (await dockerOutput(["inspect", "--format", "{{.Config.Image}}", stack.container])).trim();
  const squatter = `${stack.namespace}-squatter`;
  await dockerOutput(["run", "--detach", "--name", squatter, "--network", `${stack.namespace}-back`, "--ip", address, image, "/usr/bin/lua5.4", "-e", 'require "posix.unistd".sleep(600)']);
  try {
    await dockerOutput(["network", "connect", "--alias", "prosody", `${stack.namespace}-back`, stack.container]);
    expect(await addressOf()).not.toBe(address);
    await eventually("host-meta comes from Prosody again", async () => (await fetchFrom(`https://${domain}:${https}/.well-known/host-meta`)).status === 200);
    sessions = await Promise.all(Object.values(ways).map(login));
  } finally {
    await docker(["rm", "--force", squatter]);
  }
  expect(await answer()).toBe(was);
});

test("old workers are bounded: the oldest ends, and with it only what it had", async () => {
  const streams = [await login(ways.ALPN)];
  for (let reloads = 0; reloads < 5; reloads++) {
    await reload();
    streams.push(await login(ways.ALPN)); // one on each worker
  }
  expect(await oldWorkers()).toBe(4);
  expect(await answer()).toMatch(/connections: 4; ended to stay within 4: \d$/);
  await eventually("the stream of the oldest worker has ended", () => Promise.resolve(streams[0]!.disconnected));
  expect(await Promise.all(streams.slice(2).map((session) => session.ping()))).toEqual([true, true, true, true]);
  const { memory } = JSON.parse(await dockerOutput(["stats", "--no-stream", "--format", '{"memory":"{{.MemUsage}}"}', stack.front])) as { memory: string };
  expect(memory).toMatch(/^\d{1,2}(\.\d+)?MiB \/ 64MiB$/);
  sessions = sessions.slice(0, 2); // those past the front; the others were the oldest worker's
});
