// The front's HTTP as strangers and administrators see it.
import { once } from "node:events";
import http from "node:http";
import http2 from "node:http2";
import { type TLSSocket, connect as connectTls } from "node:tls";
import { afterAll, beforeAll, expect, test } from "vitest";
import { namesBelow } from "../setup/certificates.ts";
import { TestStack } from "./stack.ts";
import { fetchFrom } from "./web.ts";

const domain = "one.test";
const stack = new TestStack("front-limits", 25, { front: { requestsPerSecond: 1, requestBurst: 60, connectionsPerAddress: 20, adminNetworks: ["203.0.113.0/24"] } });
const { https, http: plain } = stack.ports;
const site = `https://${domain}:${https}`;

beforeAll(() => stack.up());
afterAll(() => stack.remove());

/** A connection to the front that is not there yet. */
function connect(): TLSSocket {
  return connectTls({ host: "127.0.0.1", port: https, servername: domain, ALPNProtocols: ["h2"] });
}

/** An answer to plain HTTP. */
async function fetchPlain(path: string, headers: Readonly<Record<string, string>>, method = "GET"): Promise<{ status: number; location: string | undefined; body: string }> {
  const sent = http.request({ host: "127.0.0.1", port: plain, path, method, headers, agent: false }).end();
  const [answer] = (await once(sent, "response")) as [http.IncomingMessage];
  let body = "";
  for await (const chunk of answer) body += String(chunk);
  return { status: answer.statusCode!, location: answer.headers.location, body };
}

test("HTTP/2 is spoken", async () => {
  const session = http2.connect(site, { createConnection: connect });
  const request = session.request({ ":path": "/.well-known/host-meta" });
  const [headers] = (await once(request, "response")) as [http2.IncomingHttpHeaders];
  expect(headers[":status"]).toBe(200);
  session.destroy();
});

test("plain HTTP leads to HTTPS, whatever the path, and says that it is well", async () => {
  expect(await fetchPlain("/some/where?q=1", { host: domain })).toMatchObject({ status: 301, location: `${site}/some/where?q=1` });
  expect(await fetchPlain("/", { host: `upload.${domain}:${plain}` }, "POST")).toMatchObject({ status: 301, location: `https://upload.${domain}:${https}/` });
  expect(await fetchPlain("/health", { host: "anything" })).toMatchObject({ status: 200, body: "ok\n" });
});

test.each(namesBelow(domain))("%s: every answer has the headers that browsers protect people by, once", async (name) => {
  for (const path of ["/health", "/file_share/", "/nothing"]) {
    const { headers } = await fetchFrom(`https://${name}:${https}${path}`);
    expect(headers, path).toMatchObject({
      "strict-transport-security": "max-age=31536000",
      "x-content-type-options": "nosniff",
      "x-frame-options": "DENY",
      "referrer-policy": "no-referrer",
      server: "nginx",
    });
  }
});

test("host-meta tells clients where WebSocket and BOSH are, in both forms and to any site (XEP-0156)", async () => {
  const links = { "urn:xmpp:alt-connections:websocket": `wss://${domain}:${https}/xmpp-websocket`, "urn:xmpp:alt-connections:xbosh": `${site}/http-bind` };
  const asJson = await fetchFrom(`${site}/.well-known/host-meta.json`);
  const { links: found } = JSON.parse(String(asJson.body)) as { links: { rel: string; href: string }[] };
  expect(Object.fromEntries(found.map(({ rel, href }) => [rel, href]))).toEqual(links);
  const asXml = await fetchFrom(`${site}/.well-known/host-meta`, { headers: { origin: "https://chat.example" } });
  for (const [rel, href] of Object.entries(links)) expect([`<Link rel='${rel}' href='${href}'/>`, `<Link href='${href}' rel='${rel}'/>`].some((link) => String(asXml.body).includes(link)), rel).toBe(true);
  for (const { headers } of [asJson, asXml]) expect(headers["access-control-allow-origin"]).toBe("*");
});

test.each(["/metrics", "/admin", "/admin/x", "/rest/message", "/invites_api?x=1", "/nginx_status"])("%s is for administrators' networks only", async (path) => {
  const { status, body } = await fetchFrom(site + path);
  expect(status).toBe(403);
  expect(String(body)).not.toMatch(/prosody_|Active connections/);
});

test("what a client claims to be counts for nothing", async () => {
  const claims = { "x-forwarded-for": "203.0.113.5", "x-real-ip": "203.0.113.5", forwarded: "for=203.0.113.5" };
  expect((await fetchFrom(`${site}/metrics`, { headers: claims })).status).toBe(403);
});

test("requests beyond the burst of an address are told to wait", async () => {
  const statuses: number[] = [];
  for (let count = 0; count < 80; count++) statuses.push((await fetchFrom(`${site}/.well-known/host-meta`)).status);
  expect(new Set(statuses)).toEqual(new Set([200, 429]));
  expect((await fetchFrom(`${site}/health`)).status).toBe(200); // whoever watches is not kept out
});

test("connections beyond those of an address are closed before anything is done for them", async () => {
  const sockets = Array.from({ length: 30 }, connect);
  const connected = await Promise.allSettled(sockets.map((socket) => once(socket, "secureConnect", { signal: AbortSignal.timeout(10_000) })));
  expect(connected.filter(({ status }) => status === "fulfilled")).toHaveLength(20);
  for (const socket of sockets) socket.destroy();
});

test("administrators' networks get what is theirs, and only the changed setting is needed for it", async () => {
  const before = await stack.identity(stack.front);
  stack.settings = { ...stack.settings, front: {} }; // by default loopback and private addresses, and Docker's gateway has one
  await stack.up();
  expect(await stack.identity(stack.front)).toEqual(before);
  expect(String((await fetchFrom(`${site}/metrics`)).body)).toMatch(/^prosody_/m);
  expect(String((await fetchFrom(`${site}/nginx_status`)).body)).toMatch(/^Active connections: \d+/);
});
