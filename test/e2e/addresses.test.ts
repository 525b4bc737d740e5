// Whose address Prosody and Nginx see, log and limit: that of clients on a network beside the stack's own, by IPv4 and IPv6.
import { once } from "node:events";
import http from "node:http";
import { connect as connectPlain } from "node:net";
import { buffer } from "node:stream/consumers";
import { connect as connectTls } from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { containerPorts } from "../../settings/ports.ts";
import { dockerOutput, eventually } from "../image/docker.ts";
import { text as proxyHeader } from "../image/front.ts";
import { Session } from "./client.ts";
import { type Addresses, NetworkOfClients } from "./network-of-clients.ts";
import { addressOfRefused, refusedOn, refusedOverBosh } from "./refused-login.ts";
import { TestStack } from "./stack.ts";
import { Stream } from "./stream.ts";
import { fetchFrom } from "./web.ts";
import { WebSocketStream } from "./websocket.ts";

const domain = "one.test";
const [logins, connections] = [40, 8];
const prefixes = { 4: "172.31.40.", 6: "fd00:31:e2e:40::" } as const;
const versions = [4, 6] as const;
const claimed = "203.0.113.7";
const forged = { "x-forwarded-for": claimed, "x-real-ip": claimed, forwarded: `for=${claimed}` };

const stack = new TestStack("addresses", 40);
const { ports } = stack;
const site = `https://${domain}:${ports.https}`;
const network = new NetworkOfClients(stack, prefixes);
let client: Addresses;
let neighbour: Addresses;

beforeAll(async () => {
  stack.settings = {
    ...stack.settings,
    network: { ...(stack.settings.network as object), ipv6: true, front6: "fd00:30:e2e:40::/64", back6: "fd00:30:e2e:41::/64" },
    front: { connectionsPerAddress: connections, adminNetworks: versions.map((version) => `${prefixes[version]}10`) },
    modules: { add: { "*": ["c2s_conn_throttle"] } },
    overrides: stack.write("overrides.cfg.lua", `cthrottler_logins_count = ${logins}\n`),
  };
  await stack.up();
  await network.create();
  [client, neighbour] = [await network.client(10), await network.client(11)];
});

afterAll(async () => {
  await Session.closeAll();
  await stack.remove();
  await network.remove();
});

/** As fetchFrom, from a client's address and with headers of its own. */
function fetchAs(host: string, more: Readonly<Record<string, string>> = {}): typeof fetchFrom {
  return (url, options = {}, body) => fetchFrom(url, { ...options, host, headers: { ...options.headers, ...more } }, body);
}

const onStream = async (stream: Stream, username: string) => (await stream.open(), refusedOn(stream, username));
const overWebSocket = async (host: string, username: string, headers = {}) => refusedOn(await WebSocketStream.open({ host, port: ports.https, domain }, headers), username);
const overBosh = (fetch: typeof fetchFrom, username: string) => refusedOverBosh({ url: `${site}/http-bind`, domain, fetch }, username);
const loggedAddress = (username: string) => addressOfRefused(stack, `${username}@${domain}`);

/** What Nginx logged of an address. */
async function frontLog(address: string): Promise<string[]> {
  return (await stack.logs(stack.front)).split("\n").filter((line) => line.startsWith(`${address} [`));
}

/** Addresses of sessions as the administrator sees them: with clients who have logged in as that JID, or with servers ("*"). */
async function sessions(kind: "c2s" | "s2s", of: string): Promise<string[]> {
  const output = await dockerOutput(["exec", stack.container, "prosodyctl", "--config", "/config/current/prosody.cfg.lua", "shell", kind, "show", of, "ip"]);
  return output.split("\n").map((line) => line.trim()).filter((line) => /^[\da-f]+[.:]/.test(line));
}

const viaProsody: [string, (host: string, username: string) => Promise<void>][] = [
  ["5222, STARTTLS", async (host, username) => onStream(await (await Stream.plain(ports.c2s, domain, undefined, host)).startTls(), username)],
  ["5223, direct TLS", async (host, username) => onStream(await Stream.directTls(ports.c2sDirectTls, domain, "xmpp-client", { host }), username)],
];
const viaNginx: [string, RegExp, (host: string, username: string) => Promise<void>][] = [
  ["443, ALPN xmpp-client", / xmpp 200 /, async (host, username) => onStream(await Stream.directTls(ports.https, domain, "xmpp-client", { host }), username)],
  ["WebSocket", /"GET \/xmpp-websocket HTTP\/1.1" 101 /, overWebSocket],
  ["BOSH", /"POST \/http-bind HTTP\/1.1" 200 /, (host, username) => overBosh(fetchAs(host), username)],
];

describe.each(versions)("IPv%i", (version) => {
  test.each(viaProsody)("a client on %s is logged with its own address", async (name, way) => {
    const username = `own${version}-${name.slice(0, 4)}`;
    await way(client[version], username);
    expect(await loggedAddress(username)).toBe(client[version]);
  });

  test.each(viaNginx)("a client over %s is logged with its own address, by Nginx as well", async (name, entry, way) => {
    const username = `own${version}-${name.toLowerCase().slice(0, 3)}`;
    const before = (await frontLog(client[version])).filter((line) => entry.test(line)).length;
    await way(client[version], username);
    expect(await loggedAddress(username)).toBe(client[version]);
    await eventually("Nginx has logged it", async () => (await frontLog(client[version])).filter((line) => entry.test(line)).length > before);
  });

  test("sessions have their clients' addresses, 443 included", async () => {
    const host = version === 6 ? `[${client[6]}]` : client[4];
    const login = { domain, username: "admin", password: stack.outputs.adminPassword };
    for (const service of [`xmpp://${host}:${ports.c2s}`, `xmpps://${host}:${ports.c2sDirectTls}`, `xmpps://${host}:${ports.https}`]) await Session.open({ ...login, service });
    expect(await sessions("c2s", stack.outputs.adminJid)).toEqual(Array(3).fill(client[version]));
    await Session.closeAll();
  });

  test.each([
    ["5269, STARTTLS", async (host: string) => (await Stream.plain(ports.s2s, domain, "jabber:server", host)).startTls()],
    ["5270, direct TLS", (host: string) => Stream.directTls(ports.s2sDirectTls, domain, "xmpp-server", { host })],
    ["443, ALPN xmpp-server", (host: string) => Stream.directTls(ports.https, domain, "xmpp-server", { host })],
  ])("a server on %s is known by its own address", async (_name, connect) => {
    const stream = await connect(client[version]);
    await eventually("Prosody has the connection", async () => (await sessions("s2s", "*")).length > 0);
    expect(await sessions("s2s", "*")).toEqual([client[version]]);
    expect(await stream.open()).toContain("xmlns='jabber:server'");
    stream.close();
    await eventually("its session is gone", async () => (await sessions("s2s", "*")).length === 0);
  });

  test("the SOCKS5 proxy answers", async () => {
    const socket = connectPlain(ports.proxy65, client[version]);
    socket.write(Buffer.from([5, 1, 0]));
    expect(await once(socket, "data", { signal: AbortSignal.timeout(10_000) })).toEqual([Buffer.from([5, 0])]);
    socket.destroy();
  });

  test("the administrators' paths are open to the address that may, and to no other", async () => {
    expect((await fetchAs(client[version])(`${site}/nginx_status`)).status).toBe(200);
    expect((await fetchAs(neighbour[version], { ...forged, "x-forwarded-for": client[version] })(`${site}/nginx_status`)).status).toBe(403);
  });

  test("Prosody's limit on logins is one address's, whichever port it comes by, and not its neighbour's", async () => {
    const flood = await network.client(20 + version);
    const opened = async (port: number, host: string) => {
      const stream = await Stream.directTls(port, domain, "xmpp-client", { host });
      const features = await stream.open();
      stream.close();
      return features;
    };
    for (let count = 0; count < logins; count++) expect(await opened(ports.https, flood[version])).toContain("<mechanism>");
    for (const port of [ports.https, ports.c2sDirectTls]) expect(await opened(port, flood[version])).toContain("<policy-violation");
    for (const port of [ports.https, ports.c2sDirectTls]) expect(await opened(port, neighbour[version])).toContain("<mechanism>");
  });

  test("Nginx's limit on connections is one address's, for XMPP and HTTPS together, and not its neighbour's", async () => {
    const crowd = await network.client(30 + version);
    const held: Stream[] = [];
    const connect = (host: string, protocol: string) => Stream.directTls(ports.https, domain, protocol, { host });
    for (let count = 0; count < connections; count++) held.push(await connect(crowd[version], count % 2 === 0 ? "xmpp-client" : "http/1.1"));
    for (const protocol of ["xmpp-client", "http/1.1"]) {
      await expect(connect(crowd[version], protocol)).rejects.toThrow(/disconnected before secure TLS|ECONNRESET/);
      (await connect(neighbour[version], protocol)).close();
    }
    for (const stream of held) stream.close();
    await eventually("the address gets in again", () => connect(crowd[version], "xmpp-client").then((stream) => (stream.close(), true), () => false));
  });

  test.each([["443", ports.https], ["5223", ports.c2sDirectTls]])("a PROXY header that a client sends to %s ends its connection", async (_name, port) => {
    const socket = connectPlain(port, client[version]);
    socket.write(proxyHeader("TCP4", claimed));
    const secure = connectTls({ socket, servername: domain, ALPNProtocols: ["xmpp-client"] });
    await expect(once(secure, "secureConnect")).rejects.toThrow(/disconnected before secure TLS|ECONNRESET|alert|wrong version number|packet length/);
    socket.destroy();
  });

  test("headers in which a client names another address are believed neither over WebSocket nor over BOSH", async () => {
    await overWebSocket(client[version], `forged${version}-websocket`, forged);
    await overBosh(fetchAs(client[version], forged), `forged${version}-bosh`);
    for (const way of ["websocket", "bosh"]) expect(await loggedAddress(`forged${version}-${way}`)).toBe(client[version]);
  });

  test("nor by Prosody itself, where somebody reaches its plain HTTP past Nginx", async () => {
    const past: typeof fetchFrom = async (_url, { headers } = {}, body) => {
      const sent = http.request({ host: client[version], port: containerPorts.http, path: "/http-bind", method: "POST", agent: false, headers: { ...headers, ...forged, host: domain } });
      sent.end(body);
      const [answer] = (await once(sent, "response", { signal: AbortSignal.timeout(10_000) })) as [http.IncomingMessage];
      return { status: answer.statusCode!, headers: answer.headers, body: await buffer(answer) };
    };
    await overBosh(past, `past${version}`);
    expect(await loggedAddress(`past${version}`)).toBe(client[version]);
  });

  test.each([["clients", containerPorts.c2s_proxied, 1], ["servers", containerPorts.s2s_proxied, 2]])("Prosody's port for %s that Nginx passes on turns everybody else away", async (_name, port, which) => {
    const socket = connectPlain(port, client[version]);
    socket.on("error", () => undefined); // a reset is as good
    socket.write(proxyHeader("TCP4", claimed));
    socket.resume();
    await once(socket, "close", { signal: AbortSignal.timeout(10_000) });
    expect(socket.bytesRead).toBe(0);
    const refusals = async () => (await stack.logs()).split(`Connection from ${client[version]} not taken: not from stack_proxied_networks`).length - 1;
    await eventually("Prosody says why", async () => (await refusals()) === which);
  });
});

test("no claimed address is in any log", async () => {
  for (const container of [stack.container, stack.front]) expect(await stack.logs(container)).not.toContain(claimed);
});
