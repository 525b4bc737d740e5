// The front behind an operator's own reverse proxy, which speaks HTTPS: here the test is that proxy.
import { once } from "node:events";
import http from "node:http";
import type { Socket } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { dockerOutput } from "../image/docker.ts";
import { TestStack } from "./stack.ts";

const domain = "one.test";
const stack = new TestStack("behind-proxy", 26);
const { http: port } = stack.ports;
const client = "203.0.113.9";
const { gateway } = stack;

beforeAll(async () => {
  // The port that clients see is the proxy's.
  stack.settings = { ...stack.settings, front: { behindProxy: [gateway], adminNetworks: [client] }, publish: { ...stack.ports, https: 443 } };
  await stack.up();
});

afterAll(() => stack.remove());

async function ask(path: string, headers: Readonly<Record<string, string>>): Promise<http.IncomingMessage & { readonly text: string }> {
  const sent = http.get({ host: "127.0.0.1", port, path, agent: false, headers: { host: domain, ...headers } });
  const [answer] = (await once(sent, "response")) as [http.IncomingMessage];
  let text = "";
  for await (const chunk of answer) text += String(chunk);
  return Object.assign(answer, { text });
}

const forwarded = { "x-forwarded-for": client, "x-forwarded-proto": "https" };

test("clients are told of the proxy's port, and the stack itself listens on no HTTPS", async () => {
  expect(stack.outputs.endpoints).toMatchObject({ http: `127.0.0.1:${port}`, websocket: `wss://${domain}/xmpp-websocket` });
  expect(stack.outputs.endpoints).not.toHaveProperty("https");
  const published = (await dockerOutput(["port", stack.front])).trim();
  expect(published).toBe(`8080/tcp -> 127.0.0.1:${port}`);
  expect((await ask("/.well-known/host-meta.json", forwarded)).text).toContain(`"https://${domain}/http-bind"`);
});

test("whom the proxy speaks for is believed: by the front's rules, and in its log", async () => {
  expect((await ask("/metrics", forwarded)).text).toMatch(/^prosody_/m);
  expect((await ask("/metrics", { ...forwarded, "x-forwarded-for": "203.0.113.10" })).statusCode).toBe(403);
  // What the client itself had claimed stands to the left of what the proxy added.
  expect((await ask("/metrics", { ...forwarded, "x-forwarded-for": `${client}, 203.0.113.10` })).statusCode).toBe(403);
  expect(await stack.logs(stack.front)).toMatch(new RegExp(`^${client} .*"GET /metrics HTTP/1.1" 200`, "m"));
});

test("who came to the proxy in the clear is sent to HTTPS", async () => {
  const answer = await ask("/some/where?q=1", { ...forwarded, "x-forwarded-proto": "http" });
  expect([answer.statusCode, answer.headers.location]).toEqual([301, `https://${domain}/some/where?q=1`]);
});

test("a WebSocket goes through both", async () => {
  const sent = http.get({ host: "127.0.0.1", port, path: "/xmpp-websocket", agent: false, headers: { ...forwarded, host: domain, connection: "upgrade", upgrade: "websocket", "sec-websocket-version": "13", "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==", "sec-websocket-protocol": "xmpp" } });
  const [answer, socket] = (await once(sent, "upgrade")) as [http.IncomingMessage, Socket];
  expect(answer.headers["sec-websocket-protocol"]).toBe("xmpp");
  socket.destroy();
});

test("nobody but the proxy gets anything", async () => {
  stack.settings = { ...stack.settings, front: { behindProxy: ["203.0.113.1"] } };
  await stack.up();
  for (const path of ["/", "/health", "/.well-known/host-meta", "/metrics"]) expect((await ask(path, forwarded)).statusCode, path).toBe(403);
});
