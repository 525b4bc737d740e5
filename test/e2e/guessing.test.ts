// Guessing passwords becomes slow for the address that does it, and for nobody else.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ScramSha256 } from "../../ops/scram-sha-256.ts";
import { BoshSession } from "./bosh.ts";
import { Session } from "./client.ts";
import { NetworkOfClients } from "./network-of-clients.ts";
import { People, domain } from "./people.ts";
import { TestStack } from "./stack.ts";
import { Stream } from "./stream.ts";
import { fetchFrom } from "./web.ts";
import { WebSocketStream } from "./websocket.ts";

const stack = new TestStack("guessing", 50);
const { ports } = stack;
const people = new People(stack);
const network = new NetworkOfClients(stack, { 4: "172.31.50.", 6: "fd00:31:e2e:50::" });
const sasl = "urn:ietf:params:xml:ns:xmpp-sasl";
const logins = { failuresPerAccount: 3, failuresPerAddress: 20, maxDelay: "2s" };

beforeAll(async () => {
  const { network: subnets } = stack.settings as { network: object };
  stack.settings = { ...stack.settings, logins, network: { ...subnets, ipv6: true, front6: "fd00:30:e2e:50::/64", back6: "fd00:30:e2e:51::/64" } };
  await stack.up();
  await people.create("carol", "dave");
  await network.create();
});

afterAll(async () => {
  await Session.closeAll();
  await stack.remove();
  await network.remove();
});

/** What RFC 6120's SASL answers to a password. */
async function tried(host: string, username: string, password: string, port = ports.c2sDirectTls): Promise<string> {
  const stream = await Stream.directTls(port, domain, "xmpp-client", { host });
  await stream.open();
  const answer = await stream.authenticate("SCRAM-SHA-256", new ScramSha256(), { username, password });
  stream.close();
  return answer;
}

const failed = async (...[host, username, port]: [host: string, username: string, port?: number]) => expect(await tried(host, username, "wrong password", port)).toContain("<not-authorized");

/** A login with the right password by SASL2, and how long it took (ms). */
async function loggedIn(host: string, username: string): Promise<number> {
  const begun = performance.now();
  const session = await Session.open({ ...people.login(username), service: `xmpp://${host.includes(":") ? `[${host}]` : host}:${ports.c2s}` });
  const took = performance.now() - begun;
  await session.close();
  return took;
}

/** How often Prosody has said that it lets logins from an address wait. */
const delays = async (host: string) => (await stack.logs()).split(` from ${host} delayed by `).length - 1;

describe("20 wrong passwords for 20 accounts", () => {
  let guesser: string;
  let neighbour: string;

  beforeAll(async () => {
    [guesser, neighbour] = [(await network.client(10))[4], (await network.client(11))[4]];
    for (let count = 0; count < 20; count++) await failed(guesser, `guess${count}`, [ports.c2sDirectTls, ports.https][count % 2]);
  });

  test("cost nothing themselves", async () => expect(await delays(guesser)).toBe(0));

  test("slow the 21st login, although its password is right", async () => {
    expect(await loggedIn(guesser, "carol")).toBeGreaterThanOrEqual(1000);
    expect(await delays(guesser)).toBe(1);
  });

  test("and not the neighbour's behind another address", async () => {
    await loggedIn(neighbour, "carol");
    expect(await delays(neighbour)).toBe(0);
  });

  test("and not a stream that is there already, nor the server", async () => {
    const session = await Session.open(people.login("dave"));
    const waiting = failed(guesser, "carol");
    expect(await session.ping()).toBe(true);
    await waiting;
  });

  test("the next ones wait longer, up to logins.maxDelay", async () => {
    for (let count = 0; count < 2; count++) await failed(guesser, `more${count}`);
    expect(await stack.logs()).toContain(`from ${guesser} delayed by 1 s`);
    expect(await stack.logs()).toContain(`from ${guesser} delayed by 2 s`);
    expect(await stack.logs()).not.toContain(`from ${guesser} delayed by 4 s`);
  });
});

describe("3 wrong passwords for one account", () => {
  let guesser: string;
  let neighbour: string;

  beforeAll(async () => {
    [guesser, neighbour] = [(await network.client(12))[4], (await network.client(13))[4]];
    for (let count = 0; count < 3; count++) await failed(guesser, "carol");
  });

  test("slow that account from that address only", async () => {
    await loggedIn(guesser, "dave");
    await loggedIn(neighbour, "carol");
    expect([await delays(guesser), await delays(neighbour)]).toEqual([0, 0]);
    expect(await loggedIn(guesser, "carol")).toBeGreaterThanOrEqual(1000);
    expect(await delays(guesser)).toBe(1);
  });

  test("are forgotten with the right one", async () => {
    await loggedIn(guesser, "carol");
    expect(await delays(guesser)).toBe(1);
  });
});

test.each([
  ["BOSH", 17, async (host: string, password: string) => {
    const fetch: typeof fetchFrom = (url, options = {}, body) => fetchFrom(url, { ...options, host }, body);
    await BoshSession.open({ url: `https://${domain}:${ports.https}/http-bind`, domain, username: "dave", password, fetch });
  }],
  ["WebSocket", 18, async (host: string, password: string) => {
    const stream = await WebSocketStream.open({ host, port: ports.https, domain });
    const scram = new ScramSha256();
    const encoded = () => Buffer.from(scram.response({ username: "dave", password })).toString("base64");
    const challenge = await stream.answer(`<auth xmlns='${sasl}' mechanism='SCRAM-SHA-256'>${encoded()}</auth>`, /<\/challenge>/);
    scram.challenge(Buffer.from(/<challenge[^>]*>([^<]+)/.exec(challenge)![1]!, "base64").toString());
    const outcome = await stream.answer(`<response xmlns='${sasl}'>${encoded()}</response>`, /<\/success>|<success[^>]*\/>|<\/failure>/);
    stream.close();
    if (!outcome.includes("<success")) throw new Error(outcome);
  }],
])("over %s as well", async (_way, address, logIn) => {
  const guesser = (await network.client(address))[4];
  for (let count = 0; count < 3; count++) await expect(logIn(guesser, "wrong password")).rejects.toThrow("not-authorized");
  expect(await delays(guesser)).toBe(0);
  const begun = performance.now();
  await logIn(guesser, people.password);
  expect(performance.now() - begun).toBeGreaterThanOrEqual(1000);
  expect(await delays(guesser)).toBe(1);
});

test("by IPv6 the whole /64 is one guesser", async () => {
  const [one, another] = [(await network.client(14))[6], (await network.client(15))[6]];
  for (let count = 0; count < 3; count++) await failed(one, "dave");
  expect(await loggedIn(another, "dave")).toBeGreaterThanOrEqual(1000);
  expect(await delays(another)).toBe(1);
});

test("a change applies without a restart, and what would wait for too long is refused at once", async () => {
  const [before, session] = [await stack.identity(), await Session.open(people.login("dave"))];
  stack.settings = { ...stack.settings, logins: { failuresPerAddress: 1, maxDelay: "30s" } };
  await stack.up();
  expect(await stack.identity()).toEqual(before);
  expect(await session.ping()).toBe(true);

  const guesser = (await network.client(16))[4];
  for (let count = 0; count < 2; count++) await failed(guesser, `slow${count}`);
  const attempts = Array.from({ length: 40 }, (_, count) => tried(guesser, `at-once${count}`, "wrong password").catch(() => "given up"));
  const answers = await Promise.all(attempts);
  expect(answers.filter((answer) => answer.includes("<temporary-auth-failure"))).not.toEqual([]);
  // One in two seconds, for the 45 that anybody may wait at most.
  expect(answers.filter((answer) => answer.includes("<not-authorized")).length).toBeLessThan(24);
  expect(await session.ping()).toBe(true);
});
