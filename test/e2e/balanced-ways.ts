// A load balancer before a stack, which the test is: each connection begins with a PROXY protocol header, on every port.
import { once } from "node:events";
import http from "node:http";
import { expect, test } from "vitest";
import { logIn } from "../../ops/xmpp-client.ts";
import { Fronts, binaryTcp, connected, text } from "../image/front.ts";
import { addressOfRefused, refusedOn, refusedOverBosh } from "./refused-login.ts";
import type { TestStack } from "./stack.ts";
import { Stream } from "./stream.ts";
import { fetchFrom } from "./web.ts";
import { WebSocketStream } from "./websocket.ts";

const domain = "one.test";

/** Tests of every way in through a balancer whose address is in the stack's `publish.proxyProtocol`; `host` is where the ports are. */
export function testWaysThroughBalancer(stack: Pick<TestStack, "ports" | "outputs" | "logs">, host: string): Fronts {
  const fronts = new Fronts(host);
  const { ports } = stack;

  test("a login works by STARTTLS, direct TLS and ALPN on the HTTPS port", async () => {
    const credentials = { domain, username: "admin", password: stack.outputs.adminPassword };
    for (const [scheme, port] of [["xmpp", ports.c2s], ["xmpps", ports.c2sDirectTls], ["xmpps", ports.https]] as const) {
      await logIn({ service: `${scheme}://127.0.0.1:${await fronts.passOn(port, text("TCP4", "203.0.113.7"))}`, ...credentials });
    }
  });

  test.each([
    ["IPv4, version 1", text("TCP4", "203.0.113.8"), "203.0.113.8"],
    ["IPv6, version 2", binaryTcp([0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9]), "2001:db8::9"],
  ])("%s: on every way in, Prosody logs the address in the header", async (version, header, address) => {
    const at = (port: number) => fronts.passOn(port, header);
    const onStream = async (stream: Stream, username: string) => (await stream.open(), refusedOn(stream, username));
    const https = await at(ports.https);
    const ways = {
      starttls: async (username: string) => onStream(await (await Stream.plain(await at(ports.c2s), domain)).startTls(), username),
      direct: async (username: string) => onStream(await Stream.directTls(await at(ports.c2sDirectTls), domain, "xmpp-client"), username),
      alpn: async (username: string) => onStream(await Stream.directTls(https, domain, "xmpp-client"), username),
      websocket: async (username: string) => refusedOn(await WebSocketStream.open({ host: "127.0.0.1", port: https, domain }), username),
      bosh: (username: string) => refusedOverBosh({ url: `https://${domain}:${https}/http-bind`, domain, fetch: fetchFrom }, username),
    };
    for (const [way, attempt] of Object.entries(ways)) {
      const username = `nobody-${way}-${version.slice(0, 4).toLowerCase()}`;
      await attempt(username);
      expect(await addressOfRefused(stack, `${username}@${domain}`), way).toBe(address);
    }
  });

  test("plain HTTP leads to HTTPS, and the SOCKS5 proxy answers", async () => {
    const sent = http.get({ host: "127.0.0.1", port: await fronts.passOn(ports.http, text("TCP4", "203.0.113.7")), headers: { host: domain }, agent: false });
    const [answer] = (await once(sent, "response")) as [http.IncomingMessage];
    expect([answer.statusCode, answer.headers.location]).toEqual([301, `https://${domain}:${ports.https}/`]);
    const socks = await connected("127.0.0.1", await fronts.passOn(ports.proxy65, text("TCP4", "203.0.113.7")));
    socks.write(Buffer.from([5, 1, 0]));
    expect(await once(socks, "data")).toEqual([Buffer.from([5, 0])]);
    socks.destroy();
  });

  test("servers come in by STARTTLS and direct TLS", async () => {
    const header = text("TCP4", "203.0.113.10");
    const opening = `<?xml version='1.0'?><stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' to='${domain}' from='peer.test' version='1.0'>`;
    const plain = await Stream.plain(await fronts.passOn(ports.s2s, header), domain);
    expect(await plain.answer(opening, /<\/stream:features>/)).toContain("<starttls");
    const direct = await Stream.directTls(await fronts.passOn(ports.s2sDirectTls, header), domain, "xmpp-server");
    // Without a certificate of its own it is refused, by the server that it asked for.
    expect(await direct.answer(opening, /<\/stream:stream>/)).toMatch(/ from='one\.test'.*Your server&apos;s certificate could not be validated/);
    for (const stream of [plain, direct]) stream.close();
  });

  test("without a header nobody gets in", async () => {
    for (const port of [ports.c2s, ports.c2sDirectTls, ports.s2s, ports.s2sDirectTls, ports.https, ports.http, ports.proxy65]) {
      const socket = await connected(host, port);
      const answers: Buffer[] = [];
      socket.on("data", (data: Buffer) => answers.push(data));
      socket.write("<stream:stream to='one.test'>\n\n\n");
      await new Promise((resolve) => socket.on("close", resolve)); // after an error, too
      expect(Buffer.concat(answers).toString(), String(port)).toBe("");
    }
  });

  return fronts;
}
