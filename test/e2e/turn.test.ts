// Calls: what a user learns of the TURN server over XMPP, relays with the credentials from there, and what is refused.
import { createHmac } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { dockerOutput, eventually } from "../image/docker.ts";
import type { Session } from "./client.ts";
import { domain } from "./people.ts";
import type { Address } from "./turn/stun-message.ts";
import { type Credentials, Refused, TurnClient } from "./turn/turn-client.ts";
import { TurnStack } from "./turn/turn-stack.ts";
import { type TransportName, transports } from "./turn/transports.ts";

const quota = 6;
const denied = "198.51.100.250"; // in its part of the network outside
const all = new TurnStack("turn-calls", 55, { quotas: { allocations: quota }, denied: [denied] });
let alice: Session;
let peer: Address;

let credentials: Credentials;
let said: string;

beforeAll(async () => {
  said = await all.create("alice");
  [alice, peer] = [await all.session("alice"), await all.network.peer(10)];
  credentials = await all.credentials(alice);
});

afterAll(() => all.remove());

const used: TurnClient[] = [];
afterEach(async () => {
  for (const client of used.splice(0)) await client.refresh(0);
});

/** Credentials as Prosody makes them, for so many seconds from now. The name after the time has a quota of its own. */
async function madeUp(seconds: number, name: string): Promise<Credentials> {
  const secret = await all.delivered(all.stack.container, "secrets/turn-secret");
  const username = `${Math.floor(Date.now() / 1000) + seconds}:${name}`;
  return { username, password: createHmac("sha1", secret).update(username).digest("base64") };
}

/** A client whose relay goes with the test. */
async function allocated(credentials: Credentials, transport?: TransportName): Promise<{ client: TurnClient; relay: Address }> {
  const client = await all.client(credentials, transport);
  const relay = await client.allocate();
  used.push(client);
  return { client, relay };
}

const refusal = async (asked: Promise<unknown>) => {
  const error: unknown = await asked.then(() => new Error("not refused"), (reason: unknown) => reason);
  expect(error).toBeInstanceOf(Refused);
  return (error as Refused).code;
};

test("up waits until it answers, and says where", () => {
  expect(said.split("\n")).toContain(`calls: the TURN server answers at ${all.machine} port ${all.turn.port}`);
  expect(said).toMatch(new RegExp(`^  turn +${all.machine.replaceAll(".", "\\.")}:${all.turn.port}$`, "m"));
});

describe("what a user learns over XMPP", () => {
  test("is STUN and TURN by UDP and TCP, and TURN by TLS and DTLS, each with credentials for twelve hours", async () => {
    const services = await all.services(alice);
    const { port, tlsPort } = all.turn;
    expect(services.map((one) => [one.type, one.transport, one.host, Number(one.port)]).toSorted()).toEqual([
      ["stun", "tcp", domain, port], ["stun", "udp", domain, port], ["turn", "tcp", domain, port], ["turn", "udp", domain, port],
      ["turns", "tcp", domain, tlsPort], ["turns", "udp", domain, tlsPort],
    ]);
    for (const { type, username, expires } of services) {
      expect(username === undefined, type).toBe(type === "stun");
      if (username === undefined) continue;
      const seconds = Number(username) - Date.now() / 1000;
      expect(seconds).toBeGreaterThan(12 * 3600 - 60);
      expect(seconds).toBeLessThanOrEqual(12 * 3600);
      expect(Date.parse(expires!)).toBe(Number(username) * 1000);
    }
  });
});

describe("a relay", () => {
  test.each(Object.keys(transports) as TransportName[])("over %s carries data to a peer and back, from its own address", async (transport) => {
    const { client, relay } = await allocated(credentials, transport);
    const { start, count } = all.turn.relay;
    expect(relay.address).toBe(all.machine);
    expect(relay.port).toBeGreaterThanOrEqual(start);
    expect(relay.port).toBeLessThan(start + count);
    await client.permit(peer.address);
    client.send(peer, Buffer.from("hello"));
    await eventually("the peer's answer", () => Promise.resolve(client.received.length > 0));
    expect(client.received.map(({ from, data }) => [from, data.toString()])).toEqual([[peer, `${all.machine}:${relay.port} hello`]]);
  });

  test("lets nobody in who has no permission", async () => {
    const { client, relay } = await allocated(await madeUp(600, "asked"));
    const other = await allocated(await madeUp(600, "other"));
    const heard = () => client.received.map(({ data }) => data.toString());
    await client.permit(peer.address);
    await other.client.permit(relay.address);
    other.client.send(relay, Buffer.from("an intruder's"));
    // The way to the peer and back is longer than the intruder's.
    client.send(peer, Buffer.from("one's own"));
    await eventually("the peer's answer", () => Promise.resolve(heard().length > 0));
    expect(heard()).toEqual([`${all.machine}:${relay.port} one's own`]);
    await client.permit(other.relay.address);
    other.client.send(relay, Buffer.from("a guest's"));
    await eventually("what is permitted by now", () => Promise.resolve(heard().length > 1));
    expect(client.received.slice(1)).toEqual([{ from: other.relay, data: Buffer.from("a guest's") }]);
  });

  test("is told to those who ask as they are seen, without credentials", async () => {
    const client = await all.client();
    expect((await client.seenAs()).address).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
  });
});

describe("credentials", () => {
  test("are needed", async () => {
    expect(await refusal((await all.client()).allocate())).toBe(401);
  });

  test("have to be right", async () => {
    const { username } = credentials;
    expect(await refusal((await all.client({ username, password: "wrong" })).allocate())).toBe(401);
    expect(await refusal((await all.client({ username: "alice", password: "correct horse battery" })).allocate())).toBe(401);
  });

  test("are refused after their time, for the same secret", async () => {
    expect(await refusal((await all.client(await madeUp(-60, "late"))).allocate())).toBe(401);
    await expect(allocated(await madeUp(60, "early"))).resolves.toHaveProperty("relay.address", all.machine);
  });

  test("are good for so many relays at once", async () => {
    const many = await madeUp(600, "many");
    for (let i = 0; i < quota; i += 1) await allocated(many);
    expect(await refusal((await all.client(many)).allocate())).toBe(486);
    await used.pop()!.refresh(0);
    await eventually("there is room for another", async () => (await all.client(many)).allocate().then(() => true, (error: Error) => !(error instanceof Refused)));
  });
});

describe("nobody gets through it to", () => {
  let client: TurnClient;
  beforeAll(async () => {
    client = await all.client(await madeUp(600, "curious"));
    await client.allocate();
    await client.permit(peer.address);
  });

  test.each([
    ["the machine itself", "127.0.0.1"],
    ["the machine itself by another name", "127.8.8.8"],
    ["this network", "0.0.0.0"],
    ["a private network", "10.1.2.3"],
    ["another", "172.16.0.1"],
    ["a third", "192.168.1.1"],
    ["the stack's own gateway", "172.30.130.1"],
    ["the back network", "172.30.131.2"],
    ["a provider's network", "100.64.0.1"],
    ["the metadata service of clouds", "169.254.169.254"],
    ["everybody at once", "255.255.255.255"],
    ["a group", "224.0.0.1"],
    ["what is reserved for benchmarks", "198.19.0.1"],
    ["what the operator denies", denied],
  ])("%s (%s)", async (_what, address) => {
    expect(await refusal(client.permit(address))).toBe(403);
    expect(await refusal(client.bindChannel({ address, port: 5222 }))).toBe(403);
  });
});

describe("what Redis and the logs hold", () => {
  const redis = async (...command: string[]) => {
    const password = await all.delivered(all.redis, "secrets/password");
    const program = `
      package.path = "/usr/lib/stack/?.lua;" .. package.path
      local connection = assert(require "resp".connect("/run/redis/redis.sock"))
      connection:call("AUTH", ${JSON.stringify(password)})
      local done, answer = pcall(connection.call, connection, table.unpack { ${command.map((word) => JSON.stringify(word)).join(", ")} })
      print(not done and answer.problem or type(answer) == "table" and table.concat(answer, "\\n") or answer)`;
    return (await dockerOutput(["exec", all.redis, "/usr/bin/lua5.4", "-e", program])).trim();
  };

  test("the state of each relay while it is there", async () => {
    const counted = await madeUp(600, "counted");
    await allocated(counted);
    const keys = async () => (await redis("KEYS", `turn/*/user/${counted.username}/allocation/*/status`)).split("\n").filter(Boolean);
    await eventually("it is told", async () => (await keys()).length > 0);
    expect(await redis("GET", (await keys())[0]!)).toMatch(/^new lifetime=\d+, type=UDP, /);
    await used.pop()!.refresh(0);
    await eventually("it is gone", async () => (await keys()).length === 0);
  });

  test("nothing that Coturn's user may change of the secrets, and no way to run the server", async () => {
    const key = `turn/realm/${domain}/secret`;
    expect((await redis("SMEMBERS", key)).split("\n")).toContain(await all.delivered(all.stack.container, "secrets/turn-secret"));
    for (const command of [["SADD", key, "mine"], ["DEL", key], ["CONFIG", "GET", "*"], ["SHUTDOWN"], ["EVAL", "return 1", "0"]]) expect(await redis(...command), command.join(" ")).toMatch(/^NOPERM /);
  });

  test("no secret: Coturn would write the password of Redis there", async () => {
    const password = await all.delivered(all.redis, "secrets/password");
    const secret = await all.delivered(all.stack.container, "secrets/turn-secret");
    const logs = await all.stack.logs(all.coturn);
    expect(logs).toContain("password=…");
    for (const container of [all.coturn, all.redis]) {
      const seen = [await all.stack.logs(container), await dockerOutput(["inspect", container]), await dockerOutput(["top", container, "-eo", "pid,args"])].join("\n");
      expect(seen.includes(password) || seen.includes(secret), container).toBe(false);
    }
  });
});
