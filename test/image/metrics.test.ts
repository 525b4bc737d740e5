// What Prosody tells Prometheus: that something happened, exactly as often as it did, and nothing about who it was.
import { once } from "node:events";
import { connect } from "node:net";
import { xml } from "@xmpp/client";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { trust } from "../../ops/xmpp-client.ts";
import { Session } from "../e2e/client.ts";
import { exampleRegistration } from "../config/example-settings.ts";
import { Stream } from "../e2e/stream.ts";
import { authority, namesBelow } from "../setup/certificates.ts";
import { docker, dockerOutput, eventually } from "./docker.ts";
import { prosodyImage } from "./image.ts";
import { ownNetwork } from "./proxied.ts";
import { increases, scrape } from "./scrape.ts";
import { Site } from "./site.ts";
import { uploads, wholeDomain as domain, wholeRelease } from "./whole-release.ts";

vi.setConfig({ testTimeout: 60_000 });

const password = "correct horse battery";
let site: Site;
let address: string;
let service: string;

beforeAll(async () => {
  const ca = await authority();
  const pair = await ca.issue(namesBelow(domain));
  trust(ca.certificate);
  site = new Site(await prosodyImage());
  const settings = { trusted_proxies: [await ownNetwork()], registration: exampleRegistration("invite") };
  const delivery = await site.deliver(wholeRelease(pair, settings), ...uploads);
  expect(delivery.last).toMatch(/^delivered/);
  await site.start(true, ...uploads);
  [address, service] = [await site.address(), `xmpp://127.0.0.1:${await site.port(5222)}`];
  for (const name of ["alice", "bob"]) await shell("user", "create", `${name}@${domain}`, password);
}, 600_000);

afterEach(() => Session.closeAll());

afterAll(async () => {
  await site.remove();
});

const shell = async (...words: string[]) => expect(await site.exec("prosodyctl", "shell", ...words)).toMatchObject({ exitCode: 0 });
const login = (username: string, given = password) => ({ service, domain, username, password: given, resource: "desk" });
const series = async () => (await scrape(address)).series;
const host = `host="${domain}"`;
const mechanism = `mechanism="SCRAM-SHA-256"`;

test("logins, a failed one and messages are counted, and nothing else is", async () => {
  const before = await series();
  const [alice, bob] = [await Session.open(login("alice")), await Session.open(login("bob"))];
  await expect(Session.open(login("alice", "wrong"))).rejects.toThrow("not-authorized");
  for (const body of ["one", "two", "three"]) {
    await alice.send(xml("message", { to: bob.jid, type: "chat" }, xml("body", {}, body)));
    await bob.message(body);
  }
  const counted = increases(before, await series());
  const stanzas = (direction: string, kind: string) => `prosody_stack_stanzas_total{${host},peer="client",direction="${direction}",kind="${kind}"}`;
  expect(counted).toMatchObject({
    [`prosody_stack_logins_total{${host},${mechanism},result="success"}`]: 2,
    [`prosody_stack_logins_total{${host},${mechanism},result="not-authorized"}`]: 1,
    [stanzas("in", "message")]: 3,
    [stanzas("out", "message")]: 3,
  });
  expect(Object.keys(counted).filter((name) => !/logins|stanzas_total\{[^}]*kind="(message|iq)"/.test(name))).toEqual([]);
});

test("who is there is measured as it is", async () => {
  const of = async (...names: string[]) => {
    const now = await series();
    return names.map((name) => now.get(`prosody_stack_${name}`));
  };
  const names = [`connected_accounts{${host}}`, `online_accounts{${host}}`, `client_sessions{${host},way="tcp",state="connected"}`, `client_sessions{${host},way="tcp",state="resumable"}`];
  expect(await of(...names)).toEqual([0, 0, 0, 0]);
  const [alice, other] = [await Session.open(login("alice")), await Session.open({ ...login("alice"), resource: "phone" })];
  expect(await of(...names)).toEqual([1, 0, 2, 0]);
  await other.send(xml("presence"));
  await other.ping();
  expect(await of(...names)).toEqual([1, 1, 2, 0]);
  alice.cut();
  await eventually("the session that was cut can be resumed", async () => (await of(...names)).join() === "1,1,1,1");
});

test("a server that cannot be reached is counted as a connection that failed", async () => {
  const before = await series();
  const alice = await Session.open(login("alice"));
  await alice.send(xml("message", { to: "nobody@away.invalid", type: "chat" }, xml("body", {}, "hello")));
  await alice.next("an error", (stanza) => stanza.attrs.from === "nobody@away.invalid" && stanza.attrs.type === "error");
  expect(increases(before, await series())).toMatchObject({ [`prosody_stack_server_connections_total{${host},direction="out",result="failed"}`]: 1 });
});

test("a server that comes in and is not trusted is counted; who does not say which server it is, such as a probe, is none", async () => {
  const failed = `prosody_stack_server_connections_total{${host},direction="in",result="failed"}`;
  const before = await series();
  for (const from of ["", "from='away.invalid' "]) {
    const socket = connect(await site.port(5269), "127.0.0.1");
    socket.end(`<?xml version='1.0'?><stream:stream ${from}to='${domain}' version='1.0' xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams'></stream:stream>`);
    await once(socket.resume(), "close");
  }
  await eventually("the one is counted", async () => (await series()).get(failed)! > before.get(failed)!);
  expect(increases(before, await series())).toMatchObject({ [failed]: 1 });
});

test("accounts and rooms are counted, the process is measured, and so is what is in force", async () => {
  await eventually("the accounts are counted", async () => (await series()).has(`prosody_stack_registered_accounts{${host}}`));
  const now = await series();
  const of = (name: string) => now.get(`prosody_stack_${name}`)!;
  expect(of(`rooms{host="conference.${domain}"}`)).toBe(0);
  expect(of("resident_memory_bytes")).toBeGreaterThan(10 * 2 ** 20);
  expect(of("lua_memory_bytes")).toBeGreaterThan(2 ** 20);
  expect(of("open_files")).toBeGreaterThan(5);
  expect(of("open_files_limit")).toBeGreaterThan(of("open_files"));
  expect(of("event_loop_lag_seconds_count")).toBeGreaterThan(0);
  expect([of(`releases_total{result="ok"}`), of(`releases_total{result="failed"}`), of("last_release_success")]).toEqual([1, 0, 1]);
  const days = (of(`certificate_issued_expiry_timestamp_seconds{${host}}`) - Date.now() / 1000) / 86_400;
  expect(Math.round(days)).toBe(30);
});

test("invitations and accounts are counted", async () => {
  const before = await series();
  await shell("invite", "create_reset", `alice@${domain}`);
  await shell("user", "delete", `bob@${domain}`);
  expect(increases(before, await series())).toEqual({
    [`prosody_stack_invites_total{${host},action="made"}`]: 1,
    [`prosody_stack_account_deletions_total{${host}}`]: 1,
  });
});

test("there is no JID and no address in it, and no host that somebody has made up", async () => {
  const stream = await Stream.plain(await site.port(5222), "made-up.example");
  expect(await stream.open()).toContain("host-unknown");
  const { text, series: all } = await scrape(address);
  stream.close();
  expect(all.size).toBeGreaterThan(200);
  expect(text).not.toContain("made-up.example");
  for (const known of ["alice", "bob", "admin@", "nobody@", "away.invalid", "desk", "phone", "@"]) expect(text).not.toContain(known);
  expect(text.match(/\b\d{1,3}(\.\d{1,3}){3}\b|[0-9a-f]*:[0-9a-f]*:[0-9a-f:]+/gi)).toBeNull();
});

test("labels are few: no series beyond hosts, kinds, mechanisms, reasons and the like", async () => {
  const { text } = await scrape(address);
  const ours = text.split("\n").filter((line) => line.startsWith("prosody_stack_"));
  const labels = new Set(ours.flatMap((line) => [...line.matchAll(/(\w+)="/g)].map(([, name]) => name!)));
  expect([...labels].toSorted()).toEqual(["action", "direction", "host", "invited", "kind", "le", "limit", "mechanism", "outcome", "peer", "result", "rule", "state", "way"]);
});

test("nobody may ask who connects from another network", async () => {
  const network = `${site.name}-other`;
  await dockerOutput(["network", "create", "--label", site.name, network]);
  try {
    await dockerOutput(["network", "connect", network, site.name]);
    const other = (await dockerOutput(["inspect", "--format", `{{(index .NetworkSettings.Networks "${network}").IPAddress}}`, site.name])).trim();
    expect((await scrape(other)).status).toBe(403);
    expect((await scrape(address)).status).toBe(200);
  } finally {
    await docker(["network", "disconnect", network, site.name]);
    await docker(["network", "rm", network]);
  }
});
