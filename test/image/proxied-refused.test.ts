// What the ports for a front do not take, and that it leaves nothing behind.
import type { Socket } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually } from "./docker.ts";
import { Fronts, binary, binaryTcp, connected, text } from "./front.ts";
import { prosodyImage } from "./image.ts";
import { ownNetwork, proxiedPorts, proxiedRelease, shown } from "./proxied.ts";
import { Site } from "./site.ts";
import { directTls } from "./stream.ts";

const { c2s, s2s } = proxiedPorts;
const handshakeTimeout = 4; // seconds
const options = `network_settings = { ssl_handshake_timeout = ${handshakeTimeout} }`;

let site: Site;
let host: string;
let network: string;
let atStart: number;

beforeAll(async () => {
  site = new Site(await prosodyImage());
  network = await ownNetwork();
  await site.deliver(await proxiedRelease([network], { options }));
  await site.start();
  host = await site.address();
  atStart = await descriptors();
}, 300_000);

afterAll(() => site.remove());

/** Milliseconds until the other side has closed; by default it has less time than for the whole header. */
async function closed(socket: Socket, seconds = 4.5): Promise<number> {
  const start = Date.now();
  socket.resume();
  await eventually("the connection is closed", () => Promise.resolve(socket.closed), seconds);
  return Date.now() - start;
}

const descriptors = async () => Number((await site.exec("lua5.4", "-e", `local n = 0 for _ in require "lfs".dir("/proc/1/fd") do n = n + 1 end print(n)`)).output);

/** The log's lines about refused connections since `before`, without where they came from. */
async function refusals(before: string): Promise<string[]> {
  const lines = (await site.log()).slice(before.length).split("\n");
  return lines.flatMap((line) => / info\s+Connection from \S+ not taken: (.*)/.exec(line)?.[1] ?? []);
}

const tooLong = binary(0x21, 0x11, Buffer.alloc(0)).fill(0xff, 14); // the length says 65535

test.each([
  ["another protocol", Buffer.from("GET / HTTP/1.1\r\n\r\n"), "no PROXY protocol header"],
  ["TLS without a header", Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03, 0x00]), "no PROXY protocol header"],
  ["a v1 header without an end", Buffer.from(`PROXY TCP4 ${"1".repeat(200)}`), "header too long"],
  ["a v1 header of another protocol", Buffer.from("PROXY UDP4 203.0.113.7 192.0.2.1 1 2\r\n"), "malformed header"],
  ["a v1 header without addresses", Buffer.from("PROXY TCP4\r\n\r\n"), "malformed header"],
  ["a v1 header with a name", text("TCP4", "localhost"), "malformed header"],
  ["a v1 header with an address of the other family", text("TCP4", "2001:db8::7"), "malformed header"],
  ["a v1 header with an impossible address", text("TCP4", "203.0.113.256"), "malformed header"],
  ["a v1 header with an impossible port", text("TCP4", "203.0.113.7", 65536), "malformed header"],
  ["a v2 header that is too long", tooLong, "header too long"],
  ["a v2 header that is too short for its addresses", binary(0x21, 0x21, Buffer.alloc(12)), "malformed header"],
  ["a v2 header of a Unix socket", binary(0x21, 0x31, Buffer.alloc(216)), "malformed header"],
  ["a v2 header of UDP", binary(0x21, 0x12, Buffer.alloc(12)), "malformed header"],
  ["a v2 header of version 3", binary(0x31, 0x11, Buffer.alloc(12)), "unknown version or command"],
  ["a v2 header with an unknown command", binary(0x22, 0x11, Buffer.alloc(12)), "unknown version or command"],
])("%s is closed", async (_, bytes, reason) => {
  const before = await site.log();
  for (const port of [c2s, s2s]) {
    const socket = await connected(host, port);
    socket.write(bytes);
    await closed(socket);
  }
  expect(await refusals(before)).toEqual([reason, reason]);
});

test("who says nothing, or only a byte at a time, has five seconds for the header; who then starts no TLS is closed too", async () => {
  const before = await site.log();
  const silent = await connected(host, c2s);
  const slow = await connected(host, c2s);
  const withoutTls = await connected(host, c2s);
  withoutTls.write(text("TCP4", "203.0.113.7"));
  const dribble = setInterval(() => slow.write("PROXY TCP4 203.0.113.7".charAt(slow.bytesWritten)), 500);
  const [afterSilence, afterDribble, afterHeader] = await Promise.all([closed(silent, 20), closed(slow, 20), closed(withoutTls, 20)]);
  clearInterval(dribble);
  const expected = [[afterSilence, 5_000], [afterDribble, 5_000], [afterHeader, 1_000 * handshakeTimeout]] as const;
  for (const [time, limit] of expected) {
    expect(time).toBeGreaterThan(limit - 500);
    expect(time).toBeLessThan(limit + 10_000); // on a busy machine
  }
  expect(await refusals(before)).toEqual(["read timeout", "read timeout"]);
});

test("only the named networks are listened to, as a reload names them", async () => {
  for (const list of [["192.0.2.0/24", "2001:db8::/32", "::/0"], [network.replace(/\/.*/, "")], []]) {
    expect(await site.deliver(await proxiedRelease(list, { options }))).toMatchObject({ exitCode: 0 });
    const before = await site.log();
    const socket = await connected(host, c2s);
    await closed(socket);
    expect(await refusals(before)).toEqual(["not from stack_proxied_networks"]);
  }
  expect(await site.deliver(await proxiedRelease(["192.0.2.1", network], { options }))).toMatchObject({ exitCode: 0 });
  const fronts = new Fronts(host);
  const stream = await directTls(await fronts.passOn(c2s, text("TCP4", "203.0.113.7")));
  expect(await stream.open()).toContain("SCRAM");
  stream.close();
  fronts.close();
});

test.each(["example.net", "10.0.0.0/33", "10.0.0.0/"])("a release with the network %s is refused", async (wrong) => {
  const refused = await site.deliver(await proxiedRelease([network, wrong], { options }));
  expect(refused.last).toContain(`stack_proxied_networks: found "${wrong}", expected an address or a subnet`);
  expect(refused.exitCode).toBe(4);
});

test("connections that are cut at any point leave no session and no file descriptor", async () => {
  const settled = async () => (await shown(site, "c2s", "ip")).includes("OK: 0 c2s sessions shown");
  const [v1, v2] = [text("TCP4", "203.0.113.7"), binaryTcp([203, 0, 113, 7])];
  const hello = Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03]);
  const starts = [Buffer.alloc(0), v1.subarray(0, 20), v1, Buffer.concat([v1, hello]), v2.subarray(0, 14), v2.subarray(0, 20), v2, Buffer.concat([v2, hello])];
  const sockets = await Promise.all(Array.from({ length: 200 }, async (_, index) => {
    const socket = await connected(host, index % 2 ? c2s : s2s);
    await new Promise<void>((resolve) => socket.write(starts[index % starts.length]!, () => resolve()));
    return socket;
  }));
  await eventually("most are open at once", async () => (await descriptors()) > atStart + 150, 3);
  for (const [index, socket] of sockets.entries()) {
    if (index % 3 === 0) socket.destroy();
    else socket.resetAndDestroy();
  }
  await eventually("they are gone", async () => (await descriptors()) <= atStart, 10);
  expect(await settled()).toBe(true);
  expect((await site.log()).split("\n").filter((line) => /\b(warn|Traceback)\b/.test(line))).toEqual([]);
});
