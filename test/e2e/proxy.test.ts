// Bytestreams through the SOCKS5 proxy (XEP-0065), published on another port than the usual one, and what is left of a
// stack that publishes neither the proxy nor HTTPS.
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { type Socket, connect } from "node:net";
import { xml } from "@xmpp/client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { dockerOutput } from "../image/docker.ts";
import { Session } from "./client.ts";
import { TestStack } from "./stack.ts";

const domain = "one.test";
const bytestreams = "http://jabber.org/protocol/bytestreams";
const stack = new TestStack("proxy", 21);
const login = (username: string, password: string) => ({ service: stack.service(), domain, username, password });
const admin = () => login("admin", stack.outputs.adminPassword);

beforeAll(() => stack.up());

afterAll(async () => {
  await Session.closeAll();
  await stack.remove();
});

async function components(session: Session): Promise<string[]> {
  const items = await session.request("get", xml("query", { xmlns: "http://jabber.org/protocol/disco#items" }), domain);
  return items.getChild("query")!.getChildren("item").map(({ attrs }) => attrs.jid!).toSorted();
}

/** The next bytes of a connection, exactly that many. */
async function read(socket: Socket, length: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for (let missing = length; missing > 0; ) {
    if (socket.readableEnded) throw new Error(`the proxy closed the connection ${missing} bytes too early`);
    const chunk = socket.read(Math.min(missing, socket.readableLength)) as Buffer | null;
    if (chunk) chunks.push(chunk);
    else await once(socket, "readable", { signal: AbortSignal.timeout(10_000) });
    missing -= chunk?.length ?? 0;
  }
  return Buffer.concat(chunks);
}

/** A connection to the proxy for one bytestream, as one of both sides (XEP-0065 section 6). */
async function throughProxy(port: number, hash: string): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  socket.write(Buffer.from([5, 1, 0]));
  expect(await read(socket, 2)).toEqual(Buffer.from([5, 0]));
  const destination = Buffer.concat([Buffer.from([3, hash.length]), Buffer.from(hash), Buffer.from([0, 0])]);
  socket.write(Buffer.concat([Buffer.from([5, 1, 0]), destination]));
  expect(await read(socket, 3 + destination.length)).toEqual(Buffer.concat([Buffer.from([5, 0, 0]), destination]));
  return socket;
}

test("a file goes from one user to another through the port that the proxy announces", async () => {
  await stack.createAccount(`otto@${domain}`, "password of otto");
  const [anna, otto] = [await Session.open(admin()), await Session.open(login("otto", "password of otto"))];
  const sid = randomBytes(8).toString("hex");

  const answer = await anna.request("get", xml("query", { xmlns: bytestreams, sid }), `proxy.${domain}`);
  const streamhost = answer.getChild("query", bytestreams)!.getChild("streamhost")!.attrs;
  expect(streamhost).toMatchObject({ jid: `proxy.${domain}`, host: `proxy.${domain}`, port: String(stack.ports.proxy65) });

  const hash = createHash("sha1").update(`${sid}${anna.jid}${otto.jid}`).digest("hex");
  const target = await throughProxy(Number(streamhost.port), hash);
  const initiator = await throughProxy(Number(streamhost.port), hash);
  await anna.request("set", xml("query", { xmlns: bytestreams, sid }, xml("activate", {}, otto.jid)), `proxy.${domain}`);

  const file = randomBytes(100_000);
  initiator.write(file);
  expect((await read(target, file.length)).equals(file)).toBe(true);
  target.write("thanks");
  expect(String(await read(initiator, 6))).toBe("thanks");
  initiator.destroy();
  target.destroy();
});

test("a stream that nobody has opened is not activated", async () => {
  const anna = await Session.open(admin());
  await expect(anna.request("set", xml("query", { xmlns: bytestreams, sid: "unknown" }, xml("activate", {}, `nobody@${domain}`)), `proxy.${domain}`)).rejects.toThrow(/item-not-found/);
});

test("without HTTPS and proxy, neither is offered to clients nor listened for", async () => {
  stack.settings = { ...stack.settings, publish: { ...stack.ports, https: 0, proxy65: 0 } };
  await stack.up();
  expect(Object.keys(stack.outputs.endpoints).toSorted()).toEqual(["c2s", "c2sDirectTls", "s2s", "s2sDirectTls"]);
  expect(await components(await Session.open(admin()))).toEqual([`conference.${domain}`, `pubsub.${domain}`]);
  const published = await dockerOutput(["port", stack.container]);
  expect(published).not.toMatch(new RegExp(`:${stack.ports.proxy65}$`, "m"));
  expect((await stack.containers()).filter((name) => name.includes("nginx"))).toEqual([]);
  const log = await stack.logs();
  expect(log.split("\n").filter((line) => /\s(warn|error)\s/.test(line))).toEqual([]);
  expect(log).not.toMatch(/Activated service '(https|proxy65)'(?! on no ports)/);
});
