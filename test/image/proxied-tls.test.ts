// What a front passes on: a PROXY protocol header, then direct TLS, which ends in Prosody.
import type { TLSSocket } from "node:tls";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { logIn, trust } from "../../ops/xmpp-client.ts";
import { Stream, saslPlain } from "../e2e/stream.ts";
import { type Pair, serialOf } from "../setup/certificates.ts";
import { boundLogin } from "./channel-binding.ts";
import { dockerOutput, eventually } from "./docker.ts";
import { Fronts, binary, binaryTcp, connected, text } from "./front.ts";
import { prosodyImage } from "./image.ts";
import { ownNetwork, proxiedPorts, proxiedRelease, shown } from "./proxied.ts";
import { adminPassword, certificate, domain } from "./release.ts";
import { Site } from "./site.ts";
import { directTls, serial } from "./stream.ts";
import type { Files } from "./tar.ts";

const { c2s, s2s } = proxiedPorts;
const peer = "peer.test";
const options = `
password_hash = "SHA-256"
log_auth_ips = "all"
c2s_direct_tls_ssl = { alpn = { "xmpp-client" } }
s2s_direct_tls_ssl = { alpn = { "xmpp-server" }; cafile = "${peer}.pem" }
`;
const hosts = `VirtualHost "second.test"\n`;

let site: Site;
let fronts: Fronts;
let network: string;
let gateway: string;
let own: Pair;
let second: Pair;
let ofPeer: Pair;

async function files(pair: Pair): Promise<Files> {
  const extra = { "certs/second.test.crt": second.certificate, "certs/second.test.key": second.key, [`${peer}.pem`]: ofPeer.certificate };
  return { ...(await proxiedRelease([network], { options, hosts, pair })), ...extra };
}

beforeAll(async () => {
  site = new Site(await prosodyImage());
  network = await ownNetwork();
  [own, second, ofPeer] = [await certificate(domain), await certificate("second.test"), await certificate(peer)];
  await site.deliver(await files(own));
  await site.start();
  gateway = (await dockerOutput(["inspect", "--format", "{{.NetworkSettings.Gateway}}", site.name])).trim();
  fronts = new Fronts(await site.address());
}, 300_000);

afterAll(async () => {
  fronts.close();
  await site.remove();
});

const opened: Stream[] = [];
beforeEach(async () => {
  for (const stream of opened.splice(0)) stream.close();
  await eventually("no session is left", async () => (await shown(site, "c2s", "ip")).includes("OK: 0 c2s sessions shown"), 10);
});

/** A stream that is closed before the next test. */
async function kept(connecting: Promise<Stream>): Promise<Stream> {
  const stream = await connecting;
  opened.push(stream);
  return stream;
}

test("nothing is said at the start that would be worth a warning", async () => {
  expect((await site.log()).split("\n").filter((line) => /\b(warn|error)\b/.test(line))).toEqual([]);
  expect((await site.exec("prosodyctl", "check", "config")).output).toContain("All checks passed");
});

const additions = Buffer.from([0x04, 0, 200, ...Array<number>(200).fill(0)]); // PP2_TYPE_NOOP
const v6 = [0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7];

test.each([
  ["v1 TCP4", text("TCP4", "203.0.113.7"), "[203.0.113.7]:40000"],
  ["v1 TCP6", text("TCP6", "2001:db8::7"), "[2001:db8::7]:40000"],
  ["v1 of the greatest length", text("TCP6", "2001:0db8:ffff:ffff:ffff:ffff:ffff:ffff", 65535), "[2001:db8:ffff:ffff:ffff:ffff:ffff:ffff]:65535"],
  ["v2 TCP4", binaryTcp([203, 0, 113, 7]), "[203.0.113.7]:40000"],
  ["v2 TCP6", binaryTcp(v6), "[2001:db8::7]:40000"],
  ["v2 with additions of the front", binaryTcp([203, 0, 113, 7], 40000, additions), "[203.0.113.7]:40000"],
  ["v1 UNKNOWN", Buffer.from("PROXY UNKNOWN\r\n"), undefined],
  ["v1 UNKNOWN with addresses", Buffer.from("PROXY UNKNOWN 203.0.113.7 192.0.2.1 1 2\r\n"), undefined],
  ["v2 LOCAL", binary(0x20, 0, Buffer.alloc(0)), undefined],
  ["v2 LOCAL with addresses", binary(0x20, 0x11, Buffer.alloc(12, 9)), undefined],
  ["v2 of an unspecified family", binary(0x21, 0, Buffer.alloc(0)), undefined],
])("a session has the address that the header names, or else the front's: %s", async (_, header, client) => {
  const stream = await kept(directTls(await fronts.passOn(c2s, header)));
  expect(await stream.open()).toContain("SCRAM-SHA-256");
  expect(await shown(site, "c2s", "jid")).toContainEqual(client ? `${client}@${domain}` : expect.stringMatching(`^\\[${gateway}\\]:\\d+@${domain}$`));
});

test.each([
  ["v1", (last: number) => text("TCP4", `203.0.113.${last}`)],
  ["v2", (last: number) => binaryTcp([203, 0, 113, last], 40000, additions)],
])("header and TLS come through wherever the network cuts them: %s", async (_, headerFrom) => {
  const { length } = headerFrom(100);
  const ways = [[], [length], [1], [length - 1], [length + 1], [12, 13, 16, 17, length + 5, length + 50], Array.from({ length: length + 20 }, (_, i) => i + 1)];
  const streams = await Promise.all(ways.map(async (cuts, way) => kept(directTls(await fronts.passOn(c2s, headerFrom(100 + way), cuts)))));
  for (const stream of streams) expect(await stream.open()).toContain("SCRAM-SHA-256");
  expect(await shown(site, "c2s", "ip")).toEqual(expect.arrayContaining(ways.map((_, way) => `203.0.113.${100 + way}`)));
});

test("a stream is the same as on the port with direct TLS", async () => {
  const streams = [await kept(directTls(await site.port(5223))), await kept(directTls(await fronts.passOn(c2s, text("TCP4", "203.0.113.7"))))];
  const seen = [];
  for (const stream of streams) {
    const socket = stream.socket as TLSSocket;
    const features = (await stream.open()).replace(/ id='[^']*'/, "");
    seen.push({ features, alpn: socket.alpnProtocol, protocol: socket.getProtocol(), serial: stream.certificate.own.serialNumber });
  }
  expect(seen[1]).toEqual(seen[0]);
  expect(seen[1]).toMatchObject({ alpn: "xmpp-client", protocol: "TLSv1.3", serial: serialOf(own) });
  expect(seen[1]!.features).toContain("tls-exporter");
  expect(seen[1]!.features).not.toContain("starttls");
});

test("a client logs in, also bound to the channel, and the log tells its address and that of a wrong password", async () => {
  trust(own.certificate);
  const port = await fronts.passOn(c2s, text("TCP4", "198.51.100.77"));
  await logIn({ service: `xmpps://127.0.0.1:${port}`, domain, username: "admin", password: adminPassword });
  const bound = await kept(directTls(port));
  await bound.open();
  expect(await boundLogin(bound, "admin", adminPassword)).toContain("<success");
  const wrong = await kept(directTls(port));
  await wrong.open();
  expect(await wrong.answer(saslPlain("admin", "wrong"), /<\/failure>|<success/)).toContain("not-authorized");
  const log = await site.log();
  expect(log.match(/Successful authentication as admin@xmpp\.test from IP: 198\.51\.100\.77/g)).toHaveLength(2);
  expect(log).toMatch(/Failed authentication attempt \(not-authorized\) .* from IP: 198\.51\.100\.77/);
});

test("the certificate is that of the name which the client asks for, and a renewed one at once", async () => {
  const header = text("TCP4", "203.0.113.7");
  const [clients, servers] = [await fronts.passOn(c2s, header), await fronts.passOn(s2s, header)];
  const served = () => Promise.all([serial(directTls(clients)), serial(directTls(servers, "xmpp-server")), serial(directTls(clients, "xmpp-client", "second.test"))]);
  expect(await served()).toEqual([serialOf(own), serialOf(own), serialOf(second)]);

  const open = await kept(directTls(clients));
  await open.open();
  const renewed = await certificate(domain);
  expect(await site.deliver(await files(renewed))).toMatchObject({ exitCode: 0 });
  expect(await served()).toEqual([serialOf(renewed), serialOf(renewed), serialOf(second)]);
  expect(await shown(site, "c2s", "ip")).toContain("203.0.113.7");
});

test("a server is offered EXTERNAL for its certificate, and has the address that the header names", async () => {
  const port = await fronts.passOn(s2s, text("TCP6", "2001:db8::5269"));
  const header = `<?xml version='1.0'?><stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' from='${peer}' to='${domain}' version='1.0'>`;
  const stranger = await certificate(peer); // the same name, of nobody's trust
  const offered = [];
  for (const pair of [ofPeer, stranger, undefined]) {
    const client = pair && { cert: pair.certificate, key: pair.key };
    const stream = await kept(Stream.directTls(port, domain, "xmpp-server", { rejectUnauthorized: false, ...client }));
    expect((stream.socket as TLSSocket).alpnProtocol).toBe("xmpp-server");
    const answer = await stream.answer(header, /<\/stream:features>|<stream:features\/>|<\/stream:stream>/);
    offered.push(answer.includes("<mechanism>EXTERNAL</mechanism>"));
    if (pair === ofPeer) expect(await shown(site, "s2s", "ip")).toContain("2001:db8::5269");
  }
  expect(offered).toEqual([true, false, false]);
});

test("reloads of it and of the modules it hands over to cost no session, and unloaded it leaves its ports", async () => {
  const port = await fronts.passOn(c2s, text("TCP4", "203.0.113.7"));
  const before = await kept(directTls(port));
  await before.open();
  for (const name of ["stack_proxied", "c2s", "s2s"]) {
    expect(await site.exec("prosodyctl", "shell", "module", "reload", name)).toMatchObject({ exitCode: 0 });
    const after = await kept(directTls(port));
    expect(await after.open()).toContain("SCRAM-SHA-256");
    expect((await shown(site, "c2s", "ip")).filter((line) => line === "203.0.113.7")).toHaveLength(2);
    after.close();
  }
  expect(await site.exec("prosodyctl", "shell", "module", "unload", "stack_proxied")).toMatchObject({ exitCode: 0 });
  for (const unused of [c2s, s2s]) await expect(connected(await site.address(), unused)).rejects.toThrow("ECONNREFUSED");
  expect(await site.exec("prosodyctl", "shell", "module", "load", "stack_proxied")).toMatchObject({ exitCode: 0 });
  expect(await serial(directTls(port))).toMatch(/./);
  expect(await before.answer(saslPlain("admin", adminPassword), /<\/failure>|<success/)).toContain("<success");
});
