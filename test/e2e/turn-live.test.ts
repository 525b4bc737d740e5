// What changes live under the TURN server, while a call goes through it: the secret, the certificate, Redis.
import { createHmac } from "node:crypto";
import { join } from "node:path";
import { setTimeout as after, setImmediate as turn } from "node:timers/promises";
import { connect } from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { execa } from "execa";
import { trust } from "../../ops/xmpp-client.ts";
import { type Authority, authority, namesBelow, serialOf, writePair } from "../setup/certificates.ts";
import { dockerOutput, eventually } from "../image/docker.ts";
import type { Session } from "./client.ts";
import { domain } from "./people.ts";
import type { Address } from "./turn/stun-message.ts";
import { type Credentials, Refused, type TurnClient } from "./turn/turn-client.ts";
import { TurnStack } from "./turn/turn-stack.ts";

const all = new TurnStack("turn-live", 56);
const { stack } = all;
const files = { certificate: join(stack.directory, "one.crt"), key: join(stack.directory, "one.key") };
let issuer: Authority;
let alice: Session;
let bob: Session;
let first: Credentials;

beforeAll(async () => {
  issuer = await authority("of the test");
  trust(issuer.certificate);
  writePair(await issuer.issue(namesBelow(domain)), files);
  stack.settings = { ...stack.settings, certificates: { [domain]: files } };
  await all.create("alice", "bob");
  [alice, bob] = [await all.session("alice"), await all.session("bob")];
  first = await all.credentials(alice);
});

afterAll(() => all.remove());

/** Milliseconds between two datagrams while something changes, so that half of them take about as long. */
const pause = 8;

interface Call {
  readonly from: TurnClient;
  readonly to: TurnClient;
  readonly relays: readonly [Address, Address];
}

/** Two clients, each behind a relay of its own, that let each other through. */
async function call(): Promise<Call> {
  const [from, to] = [await all.client(await all.credentials(alice)), await all.client(await all.credentials(bob))];
  const relays = [await from.allocate(), await to.allocate()] as const;
  await from.permit(relays[1].address);
  await to.permit(relays[0].address);
  return { from, to, relays };
}

/**
 * Sends numbered datagrams: a quarter, then half of them while something changes, then the rest. Never so many are on their way that
 * a network would drop some; what does not come within ten seconds is lost.
 */
async function exchange({ from, to, relays }: Call, count: number, change: () => Promise<unknown>): Promise<number[]> {
  const window = 16;
  const begin = to.received.length;
  const came = () => to.received.length - begin;
  let changing: Promise<unknown> | undefined;
  let changed = false;
  for (let sent = 0; sent < count; sent += 1) {
    if (sent === count / 4) changing = change().then(() => (changed = true));
    if (sent === (count * 3) / 4) await changing;
    else if (changing && !changed) await after(pause);
    for (const end = Date.now() + 10_000; came() < sent - window && Date.now() < end; ) await turn();
    from.send(relays[1], Buffer.from(String(sent)));
  }
  await eventually("the last ones", () => Promise.resolve(came() >= count), 10).catch(() => undefined);
  expect(new Set(to.received.slice(begin).map((one) => `${one.from.address}:${one.from.port}`))).toEqual(new Set([`${relays[0].address}:${relays[0].port}`]));
  return to.received.slice(begin).map(({ data }) => Number(data.toString())).toSorted((a, b) => a - b);
}

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);

async function rotate(generation: number): Promise<void> {
  stack.settings = { ...stack.settings, turn: { ...all.turn, secretGeneration: generation } };
  await stack.up();
}

const allocates = async (credentials: Credentials) => {
  const client = await all.client(credentials);
  return client.allocate().then(() => client.refresh(0), (error: unknown) => (error instanceof Refused ? error.code : Promise.reject(error as Error)));
};

describe("another secret", () => {
  test("loses none of 1,000 datagrams between two clients, each with a relay of its own, and ends no session", async () => {
    const containers = [stack.container, all.coturn, all.redis];
    const before = await Promise.all(containers.map((container) => stack.identity(container)));
    const secret = await all.delivered(stack.container, "secrets/turn-secret");
    const both = await call();
    expect(await exchange(both, 1_000, () => rotate(2))).toEqual(numbers(1_000));
    await both.from.refresh(600);
    expect(await all.delivered(stack.container, "secrets/turn-secret")).not.toBe(secret);
    expect(await Promise.all(containers.map((container) => stack.identity(container)))).toEqual(before);
    expect([await alice.ping(), await bob.ping()]).toEqual([true, true]);
  });

  test("is what users get credentials from at once, in all of what they are told", async () => {
    const secret = await all.delivered(stack.container, "secrets/turn-secret");
    const told = (await all.services(alice)).filter(({ password }) => password !== undefined);
    expect(told).toHaveLength(4);
    for (const { username, password } of told) expect(password).toBe(createHmac("sha1", secret).update(username!).digest("base64"));
    expect(await allocates(await all.credentials(alice))).toBeUndefined();
  });

  test("leaves what was given out before it valid until the next one", async () => {
    expect(await allocates(first)).toBeUndefined();
    const second = await all.credentials(alice);
    await rotate(3);
    expect(await allocates(first)).toBe(401);
    expect(await allocates(second)).toBeUndefined();
  });
});

describe("another certificate", () => {
  const overTls = () => new Promise<string>((resolve, reject) => {
    const socket = connect({ host: all.machine, port: all.turn.tlsPort, servername: domain, rejectUnauthorized: false }, () => {
      resolve(socket.getPeerCertificate().serialNumber);
      socket.destroy();
    });
    socket.on("error", reject);
  });
  const overDtls = async () => {
    const { stdout } = await execa("openssl", ["s_client", "-dtls1_2", "-connect", `${all.machine}:${all.turn.tlsPort}`], { input: "", reject: false });
    const { stdout: serial } = await execa("openssl", ["x509", "-noout", "-serial"], { input: stdout });
    return serial.replace("serial=", "");
  };

  test("is shown by TLS and DTLS as soon as up ends, and the call goes on", async () => {
    const before = await stack.identity(all.coturn);
    const both = await call();
    const renewed = await issuer.issue(namesBelow(domain));
    expect(await overTls()).not.toBe(serialOf(renewed));
    const received = await exchange(both, 100, async () => {
      writePair(renewed, files);
      await stack.up();
    });
    expect(received).toEqual(numbers(100));
    expect([await overTls(), await overDtls()]).toEqual([serialOf(renewed), serialOf(renewed)]);
    expect(await stack.identity(all.coturn)).toEqual(before);
  });

  // To the oldest versions it gives no answer at all. Coturn 4.6.1 does not speak TLS 1.3.
  test.each([["tls1", false], ["tls1_1", false], ["dtls1", false], ["tls1_2", true], ["tls1_3", false], ["dtls1_2", true]])("is shown by %s: %s", async (version, shown) => {
    const args = ["s_client", `-${version}`, "-cipher", "DEFAULT@SECLEVEL=0", "-connect", `${all.machine}:${all.turn.tlsPort}`];
    const { stdout } = await execa("openssl", args, { input: "", reject: false, timeout: shown ? 10_000 : 3_000 });
    expect(stdout.includes("-----BEGIN CERTIFICATE-----")).toBe(shown);
  });
});

describe("Redis that starts again", () => {
  test("has its secrets again, and the call goes on meanwhile", async () => {
    const both = await call();
    const received = await exchange(both, 100, async () => {
      await dockerOutput(["kill", all.redis]);
      await dockerOutput(["start", all.redis]);
    });
    expect(received).toEqual(numbers(100));
    const credentials = await all.credentials(bob);
    await eventually("new relays", async () => (await allocates(credentials)) === undefined);
  });
});
