// Connections on which nobody says anything: they stay for hours, by every way, and those whose client is gone do not.
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Element } from "@xmpp/client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { containerPorts, frontPorts } from "../../settings/ports.ts";
import { dockerOutput, eventually } from "../image/docker.ts";
import { Session } from "./client.ts";
import { TestStack } from "./stack.ts";
import { Stream, saslPlain } from "./stream.ts";
import { WebSocketStream } from "./websocket.ts";

const domain = "one.test";
const stack = new TestStack("idle", 42);
const { ports } = stack;
const hour = 3_600;

beforeAll(() => stack.up());

afterAll(async () => {
  await Session.closeAll();
  await stack.remove();
});

function login() {
  return { service: `xmpps://127.0.0.1:${ports.https}`, domain, username: "admin", password: stack.outputs.adminPassword };
}

/** Seconds of silence after which Prosody asks whether somebody is still there, as it has it in force. */
async function readTimeout(): Promise<number> {
  const code = "> require 'prosody.core.configmanager'.get('*', 'network_settings').read_timeout";
  return Number(/Result: (\d+)/.exec(await dockerOutput(["exec", stack.container, "prosodyctl", "--config", "/config/current/prosody.cfg.lua", "shell", code]))![1]);
}

/** The block of Nginx's running configuration that begins with this line. */
async function frontBlock(line: string): Promise<string> {
  const all = await dockerOutput(["exec", stack.front, "/usr/sbin/nginx", "-T", "-q", "-e", "stderr", "-p", "/run/nginx/release/", "-c", "/run/nginx/release/nginx.conf"]);
  return new RegExp(`^\\s*${line}[^}]*}`, "m").exec(all)![0];
}

/** Connections that a container has accepted on a port: seconds until the kernel asks the other side, or undefined if it never does. */
async function keepalives(container: string, port: number): Promise<(number | undefined)[]> {
  const table = await dockerOutput(["exec", container, "/usr/bin/lua5.4", "-e", 'io.write(io.open("/proc/net/tcp"):read("a"))']);
  const rows = table.matchAll(/: [\dA-F]{8}:([\dA-F]{4}) [\dA-F]{8}:[\dA-F]{4} 01 \S+ ([\dA-F]{2}):([\dA-F]{8}) /g); // proc(5): 01 is ESTABLISHED
  return [...rows].filter(([, local]) => parseInt(local!, 16) === port).map(([, , timer, ticks]) => (timer === "02" ? parseInt(ticks!, 16) / 100 : undefined));
}

test("Nginx waits longer on XMPP than Prosody takes to ask for a sign of life", async () => {
  const seconds = await readTimeout();
  expect(seconds).toBeGreaterThan(600); // a phone's radio sleeps meanwhile
  expect(seconds).toBeLessThan(900);
  const timeouts = async (line: string, ...names: string[]) => {
    const block = await frontBlock(line);
    return names.map((name) => Number(new RegExp(`${name} (\\d+)h;`).exec(block)?.[1]) * hour);
  };
  const found = [
    ...(await timeouts(`server \\{\\s*listen 127\\.0\\.0\\.1:8522;`, "proxy_timeout")),
    ...(await timeouts(`server \\{\\s*listen 127\\.0\\.0\\.1:8569;`, "proxy_timeout")),
    ...(await timeouts("location = /xmpp-websocket \\{", "proxy_read_timeout", "proxy_send_timeout")),
  ];
  expect(found).toHaveLength(4);
  for (const timeout of found) expect(timeout).toBeGreaterThan(10 * seconds);
});

test("on every XMPP port the kernel watches over connections, Nginx's and those that begin with TLS included", async () => {
  const streams = [await Stream.plain(ports.c2s, domain), await Stream.plain(ports.s2s, domain, "jabber:server")];
  for (const [port, protocol] of [[ports.c2sDirectTls, "xmpp-client"], [ports.https, "xmpp-client"], [ports.s2sDirectTls, "xmpp-server"], [ports.https, "xmpp-server"]] as const) {
    streams.push(await Stream.directTls(port, domain, protocol));
  }
  // While a packet is under way the kernel shows another timer.
  const watched = (container: string, port: number, count: number, within: number) =>
    eventually(`${count} connections on ${port} with keepalive within ${within} s`, async () => {
      const found = await keepalives(container, port);
      return found.length === count && found.every((seconds) => seconds !== undefined && seconds <= within);
    }, 5);
  for (const port of Object.values(containerPorts).filter((one) => one !== containerPorts.http)) await watched(stack.container, port, 1, 2 * hour);
  await watched(stack.front, frontPorts.https, 2, 300);
  for (const stream of streams) stream.close();
});

// From here on Prosody asks after a second instead of 14 minutes.
const silence = 1;

test("the timeout is a matter of a reload", async () => {
  const before = await stack.identity();
  stack.settings = { ...stack.settings, overrides: stack.write("overrides.cfg.lua", `network_settings = { tcp_keepalive = true; read_timeout = ${silence}; nagle = false; opportunistic_writes = false }\n`) };
  await stack.up();
  expect(await readTimeout()).toBe(silence);
  expect(await stack.identity()).toEqual(before);
});

/** Says nothing until the other side has given that sign of life three times. */
async function silent(socket: Duplex, sign: RegExp): Promise<void> {
  let heard = "";
  socket.on("data", (chunk: Buffer) => (heard += chunk.toString("latin1")));
  await eventually(`three times ${String(sign)}`, () => Promise.resolve(heard.match(sign)?.length === 3), 10 * silence);
}

const [whiteSpace, ping] = [/ /g, /\x89\0/g];

test.concurrent.each<[string, RegExp, () => Promise<Stream | WebSocketStream>]>([
  ["5222", whiteSpace, async () => (await Stream.plain(ports.c2s, domain)).startTls()],
  ["5223", whiteSpace, () => Stream.directTls(ports.c2sDirectTls, domain)],
  ["443", whiteSpace, () => Stream.directTls(ports.https, domain)],
  ["WebSocket", ping, () => WebSocketStream.open({ host: "127.0.0.1", port: ports.https, domain })],
])("a stream on which nobody speaks outlives the timeout again and again: %s", async (_name, sign, connect) => {
  const stream = await connect();
  if (stream instanceof Stream) await stream.open();
  await silent(stream.socket, sign);
  expect(await stream.answer(saslPlain("nobody", "nothing"), /<\/failure>/)).toContain("<invalid-mechanism");
  stream.close();
});

test.concurrent("a session that only acknowledges what it is asked for (XEP-0198) does so too", async () => {
  const session = await Session.open(login());
  let asked = 0;
  session.entity.on("nonza", (element: Element) => (asked += element.is("r", "urn:xmpp:sm:3") ? 1 : 0));
  await eventually("it is asked three times", () => Promise.resolve(asked >= 3), 10 * silence);
  expect(await session.ping()).toBe(true);
});

test("a client that is gone without a word is given up, and Nginx lets go of it", async () => {
  const givenUp = async () => (await stack.logs()).split("Client disconnected: read timeout").length - 1;
  expect(await givenUp()).toBe(0); // of all those before
  const session = await Session.open(login());
  const { socket } = session.entity.socket as { socket: Socket };
  socket.pause();
  await eventually("Prosody gives it up", async () => (await givenUp()) === 1, 10 * silence);
  socket.resume();
  await eventually("its connection ends", () => Promise.resolve(session.disconnected));
});
