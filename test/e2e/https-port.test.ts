// Everything on the HTTPS port: XMPP by ALPN (XEP-0368), WebSocket (RFC 7395), BOSH (XEP-0124), and people who meet there.
import { connect as connectTls } from "node:tls";
import { once } from "node:events";
import { xml } from "@xmpp/client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { logIn } from "../../ops/xmpp-client.ts";
import { dockerOutput } from "../image/docker.ts";
import { BoshSession } from "./bosh.ts";
import { Session } from "./client.ts";
import { resolveHere } from "./names.ts";
import { TestStack } from "./stack.ts";
import { Stream } from "./stream.ts";
import { fetchFrom } from "./web.ts";

const domain = "one.test";
const password = "correct horse battery";
const stack = new TestStack("https-port", 23);
const { https } = stack.ports;
const site = `https://${domain}:${https}`;
const login = (username: string, service: string) => ({ service, domain, username, password });
const byAlpn = `xmpps://127.0.0.1:${https}`;
const byWebSocket = `wss://${domain}:${https}/xmpp-websocket`;
const bosh = { url: `${site}/http-bind`, domain };

beforeAll(async () => {
  resolveHere(domain);
  await stack.up();
  for (const name of ["alice", "bob", "carol"]) await stack.createAccount(`${name}@${domain}`, password);
});

afterAll(async () => {
  await Session.closeAll();
  await stack.remove();
});

test.each([["XMPP by ALPN", byAlpn], ["WebSocket", byWebSocket]])("%s: logs in, writes to itself, is refused with a wrong password", async (_name, service) => {
  const session = await Session.open(login("alice", service));
  await session.send(xml("presence"));
  await session.send(xml("message", { to: session.jid, type: "chat" }, xml("body", {}, "to myself")));
  expect((await session.message("to myself")).attrs.from).toBe(session.jid);
  await session.close();
  await expect(logIn({ ...login("alice", service), password: "wrong" })).rejects.toThrow(/^not-authorized/);
});

test("BOSH: logs in, writes to itself, is refused with a wrong password", async () => {
  const session = await BoshSession.open({ ...bosh, username: "alice", password });
  const [, from] = await session.answer(`<presence xmlns='jabber:client'/><message xmlns='jabber:client' to='alice@${domain}' type='chat'><body>to myself</body></message>`, /<message[^>]* from=['"]([^'"]+)['"][^>]*>.*?<body>to myself</);
  expect(from).toMatch(new RegExp(`^alice@${domain}/.`));
  await session.close();
  await expect(BoshSession.open({ ...bosh, username: "alice", password: "wrong password" })).rejects.toThrow(/not-authorized/);
});

test("people meet, whichever way they came", async () => {
  const alice = await Session.open(login("alice", byAlpn));
  const bob = await Session.open(login("bob", byWebSocket));
  const carol = await BoshSession.open({ ...bosh, username: "carol", password });
  for (const session of [alice, bob]) await session.send(xml("presence"));
  await carol.answer("<presence xmlns='jabber:client'/>", /<presence[^>]* from=['"]carol@/);

  await alice.send(xml("message", { to: bob.bare, type: "chat" }, xml("body", {}, "from ALPN")));
  expect((await bob.message("from ALPN")).attrs.from).toBe(alice.jid);
  await bob.send(xml("message", { to: `carol@${domain}`, type: "chat" }, xml("body", {}, "from WebSocket")));
  await carol.until(/<body>from WebSocket</);
  await carol.send(`<message xmlns='jabber:client' to='${alice.bare}' type='chat'><body>from BOSH</body></message>`);
  expect((await alice.message("from BOSH")).attrs.from).toMatch(new RegExp(`^carol@${domain}/`));
  await carol.close();
});

test("an XMPP server gets a stream of servers, and is told the same as on its own port", async () => {
  const opened = async (port: number) => {
    const stream = await Stream.directTls(port, domain, "xmpp-server");
    const answer = await stream.open();
    stream.close();
    return answer.replace(/ id='[^']+'/, "");
  };
  const answer = await opened(https);
  expect(answer).toContain("xmlns='jabber:server'");
  expect(answer).toContain("certificate could not be validated"); // we have shown none
  expect(answer).toBe(await opened(stack.ports.s2sDirectTls));
});

test("many requests share a connection to Prosody", async () => {
  const connections = `local count = 0
    for line in io.lines("/proc/net/tcp") do
      if line:match("^%s*%d+: %x+:%x+ %x+:14A0 ") then count = count + 1 end -- 5280, open or just closed
    end
    print(count)`;
  const countOf = async () => Number(await dockerOutput(["exec", stack.front, "/usr/bin/lua5.4", "-e", connections]));
  const before = await countOf();
  for (let request = 0; request < 20; request++) expect((await fetchFrom(`${site}/.well-known/host-meta`)).status).toBe(200);
  expect(await countOf()).toBeLessThanOrEqual(before + 1);
});

test("text of the web client is compressed, and nothing that a secret could be in", async () => {
  const encodingOf = async (path: string) => (await fetchFrom(site + path, { headers: { "accept-encoding": "gzip" } })).headers["content-encoding"];
  const page = String((await fetchFrom(`${site}/`)).body);
  const [script = "", style = ""] = [/src="([^"]+converse\.min\.js)"/, /href="([^"]+converse\.min\.css)"/].map((pattern) => pattern.exec(page)?.[1]);
  expect([await encodingOf(script), await encodingOf(style)]).toEqual(["gzip", "gzip"]);
  expect([await encodingOf("/http-bind"), await encodingOf("/.well-known/host-meta"), await encodingOf("/metrics")]).toEqual([undefined, undefined, undefined]);
});

const protocols = ["xmpp-client", "xmpp-server", "h2", "http/1.1", "h2, http/1.1", "http/1.1, xmpp-client", ""];

test.each(protocols)("ALPN %j: the certificate is the domain's, and TLS ends where that protocol is spoken", async (list) => {
  const offered = list.split(", ").filter(Boolean);
  const socket = connectTls({ host: "127.0.0.1", port: https, servername: domain, ...(offered.length > 0 ? { ALPNProtocols: offered } : {}) });
  await once(socket, "secureConnect");
  const answered = once(socket, "data");
  const toXmpp = offered.some((protocol) => protocol.startsWith("xmpp-"));
  socket.write(toXmpp ? `<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='${domain}' version='1.0'>` : "GET /health HTTP/1.0\r\n\r\n");
  const [answer] = (await answered) as [Buffer];
  expect(answer.toString("latin1").includes("<stream:stream")).toBe(toXmpp);
  expect(socket.alpnProtocol).toBe((toXmpp ? offered.find((protocol) => protocol.startsWith("xmpp-")) : offered[0]) ?? false);
  socket.destroy();
});

test("what is neither TLS nor anything known gets no further, and nobody else is kept from coming in", async () => {
  const plain = await Stream.plain(https, domain);
  await expect(plain.open()).rejects.toThrow(/ended/);
  await expect(fetchFrom(`https://other.test:${https}/health`)).rejects.toThrow(/unrecognized name/);
  await logIn(login("alice", byAlpn));
});
