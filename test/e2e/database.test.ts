// PostgreSQL under Prosody: messages are kept in it, passwords change unnoticed, and while it is away nothing is lost
// without a word.
import { setTimeout as after } from "node:timers/promises";
import { xml } from "@xmpp/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { docker, dockerOutput } from "../image/docker.ts";
import { Session, stanzaId } from "./client.ts";
import { People, domain } from "./people.ts";
import { joinRoom, say } from "./rooms.ts";
import { TestStack } from "./stack.ts";

const stack = new TestStack("database", 34, { database: "postgresql", limits: { c2s: { rate: "1MB/s" } } });
const people = new People(stack);
const postgres = `${stack.namespace}-postgres`;
const chat = (to: string, body: string) => xml("message", { to, type: "chat", id: body.replaceAll(" ", "-") }, xml("body", {}, body));
let alice: Session;
let bob: Session;

/** The rows of a query, as PostgreSQL's superuser. */
async function query(sql: string): Promise<string[]> {
  const output = await dockerOutput(["exec", postgres, "/usr/lib/postgresql/17/bin/psql", "-XAt", "-h", "/run/postgresql", "-U", "postgres", "-d", "prosody", "-c", sql]);
  return output.split("\n").filter(Boolean);
}

beforeAll(async () => {
  await stack.up();
  await people.create("alice", "bob", "carol", "dora");
  [alice, bob] = await Promise.all([people.online("alice"), people.online("bob")]);
  await people.befriend(alice, bob); // or there would be too many messages from a stranger
  const dora = await people.online("dora");
  await people.befriend(alice, dora);
  await dora.close();
});

afterAll(async () => {
  await Session.closeAll();
  await stack.remove();
});

test("accounts and archives are in it, on pages with checksums, under indexes of Prosody's own", async () => {
  await alice.send(chat(bob.bare, "kept in a table"));
  const id = stanzaId(await bob.message("kept in a table"));
  expect(id).toBeTruthy();
  expect(await query(`SELECT "user" FROM prosodyarchive WHERE "key" = '${id}' AND value LIKE '%kept in a table%'`)).toEqual(["bob"]);
  expect(await query(`SELECT DISTINCT "user" FROM prosody WHERE store = 'accounts' AND "user" IN ('alice', 'bob') ORDER BY 1`)).toEqual(["alice", "bob"]);
  expect(await query("SHOW data_checksums")).toEqual(["on"]);
  expect(await query("SELECT indexname FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1")).toEqual(
    expect.arrayContaining(["prosody_unique_index", "prosodyarchive_index", "prosodyarchive_when", "prosodyarchive_with_when"]),
  );
});

test("Prosody's connection is its own role's, encrypted, and no superuser comes over the network", async () => {
  const connections = await query("SELECT usename, ssl, version, application_name FROM pg_stat_activity JOIN pg_stat_ssl USING (pid) WHERE datname = 'prosody' AND client_addr IS NOT NULL");
  expect(connections).toEqual(["prosody|t|TLSv1.3|prosody"]);
  expect(await query("SELECT rolname, rolsuper FROM pg_roles WHERE rolcanlogin ORDER BY 1")).toEqual(["monitoring|f", "postgres|t", "prosody|f"]);
  expect(await query("SELECT DISTINCT split_part(rolpassword, '$', 1) FROM pg_authid WHERE rolpassword IS NOT NULL")).toEqual(["SCRAM-SHA-256"]);
  for (const user of ["postgres", "prosody"]) {
    await expect(outside(`dbname=prosody user=${user} sslmode=disable`)).resolves.toMatch(/pg_hba.conf rejects connection/);
  }
  await expect(outside("dbname=prosody user=postgres sslmode=require")).resolves.toMatch(/pg_hba.conf rejects connection/);
  await expect(outside("dbname=postgres user=prosody sslmode=require")).resolves.toMatch(/pg_hba.conf rejects connection/);
});

/** What a stranger on the back network is told. */
async function outside(connection: string): Promise<string> {
  const image = (await dockerOutput(["inspect", "--format", "{{.Config.Image}}", postgres])).trim();
  const { output } = await docker(["run", "--rm", "--network", `${stack.namespace}-back`, "--env", "PGPASSWORD=guess", image, "/usr/lib/postgresql/17/bin/psql", "-XAt", `host=postgres ${connection}`, "-c", "SELECT 1"]);
  return output;
}

test("another password is in force at once: no restart, no session lost, and both ends know it", async () => {
  const containers = [stack.container, postgres];
  const before = await Promise.all(containers.map((container) => stack.identity(container)));
  const verifier = await query("SELECT rolpassword FROM pg_authid WHERE rolname = 'prosody'");
  stack.settings = { ...stack.settings, postgres: { passwordVersion: 2 } };
  await stack.up();
  expect(await Promise.all(containers.map((container) => stack.identity(container)))).toEqual(before);
  expect(await query("SELECT rolpassword FROM pg_authid WHERE rolname = 'prosody'")).not.toEqual(verifier);
  expect([await alice.ping(), await bob.ping()]).toEqual([true, true]);

  // A connection of its own must know the new password, too.
  await query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'prosody'");
  await alice.send(chat(bob.bare, "by a new connection"));
  expect(stanzaId(await bob.message("by a new connection"))).toBeTruthy();
});

describe("while it is away", () => {
  const seconds = 60;
  const room = `tearoom@conference.${domain}`;
  const fates = new Map<string, "archived" | "bounced" | "delivered unarchived">();
  let sent = 0;
  let longestStall = 0;

  const settle = (session: Session) =>
    session.take((stanza) => stanza.is("message") && /^\d+-/.test(stanza.attrs.id ?? "")).forEach((stanza) => {
      const bounced = stanza.getChild("error")?.getChild("resource-constraint") !== undefined && stanza.getChild("error")!.attrs.type === "wait";
      fates.set(`${stanza.attrs.id}`, bounced ? "bounced" : stanzaId(stanza) ? "archived" : "delivered unarchived");
    });

  /** Sends a message every tenth of a second, and sees how long the server takes to answer at all. */
  async function talk(until: () => boolean): Promise<void> {
    while (!until()) {
      sent += 1;
      await alice.send(chat(bob.bare, `${sent}-to-bob`));
      const asked = performance.now();
      await alice.ping();
      longestStall = Math.max(longestStall, performance.now() - asked);
      await after(100); // the rate
    }
  }

  test("every message is archived or comes back as one to be sent again; sessions stay, and it goes on by itself", async () => {
    await joinRoom(alice, room, "Alice");
    const before = await stack.identity();
    let back = false;
    const talking = talk(() => back && [...fates].at(-1)?.[1] === "archived");
    const settling = setInterval(() => [alice, bob].forEach(settle), 50);
    await expect.poll(() => fates.size).toBeGreaterThan(5);
    await dockerOutput(["kill", "--signal", "KILL", postgres]);
    const down = Date.now();
    await expect.poll(() => [...fates.values()].filter((fate) => fate === "bounced").length, { timeout: 20_000 }).toBeGreaterThan(5);
    await alice.send(chat(people.jid("carol"), "to somebody who is offline"));
    const offline = await alice.next("the bounce of a message to carol", (stanza) => stanza.attrs.from === people.jid("carol"));
    expect(offline.getChild("error")?.getChild("resource-constraint")).toBeDefined();
    // As everybody's client does that comes back meanwhile. Told that the password is wrong, it would forget it.
    for (let i = 0; i < 8; i += 1) await expect(Session.open(people.login("bob", "meanwhile"))).rejects.toThrow(/temporary-auth-failure/);
    // Who is looked up in vain must not be without contacts afterwards.
    await alice.send(xml("presence", { to: people.jid("dora"), type: "probe" }));
    await alice.send(xml("message", { to: people.jid("dora"), type: "chat" }, xml("composing", { xmlns: "http://jabber.org/protocol/chatstates" })));
    await say(alice, room, "in the room");
    const error = await alice.next("the room's bounce", (stanza) => stanza.attrs.from === room && stanza.attrs.type === "error");
    expect(error.getChild("error")?.getChild("resource-constraint")).toBeDefined();
    await after(seconds * 1000 - (Date.now() - down)); // the time that it is away
    await dockerOutput(["start", postgres]);
    back = true;
    await talking;
    await expect.poll(() => fates.size).toBe(sent);
    clearInterval(settling);

    const count = (fate: string) => [...fates.values()].filter((value) => value === fate).length;
    console.log(`${sent} sent = ${count("archived")} archived + ${count("bounced")} bounced; the longest answer took ${longestStall.toFixed(0)} ms`);
    expect(count("delivered unarchived")).toBe(0);
    expect(count("archived") + count("bounced")).toBe(sent);
    expect(await query(`SELECT count(*) FROM prosodyarchive WHERE "user" = 'bob' AND value ~ '[0-9]+-to-bob</body>'`)).toEqual([String(count("archived"))]);
    expect(longestStall).toBeLessThan(4000); // one attempt to connect takes two seconds at most
    expect([alice.disconnected, bob.disconnected]).toEqual([false, false]);
    expect(await stack.identity()).toEqual(before);
    expect(await stack.logs()).toMatch(/The database is back after \d+ s/);
    // Nobody's password was wrong, so nobody has to wait for a login.
    await (await Session.open(people.login("bob", "afterwards"))).close();
    const dora = await Session.open(people.login("dora"));
    const roster = await dora.request("get", xml("query", { xmlns: "jabber:iq:roster" }));
    expect(roster.getChild("query")!.getChildren("item").map(({ attrs }) => [attrs.jid, attrs.subscription])).toEqual([[alice.bare, "both"]]);
    await dora.close();
    expect(await stack.logs()).not.toMatch(/Login of .* (delayed|refused)/);
  });

  test("Prosody that starts meanwhile waits for it", async () => {
    await dockerOutput(["stop", postgres]);
    await dockerOutput(["restart", stack.container]);
    await expect.poll(() => stack.logs()).toMatch(/waiting for the database at postgres: /);
    await dockerOutput(["start", postgres]);
    await expect.poll(async () => (await dockerOutput(["inspect", "--format", "{{.State.Health.Status}}", stack.container])).trim(), { timeout: 60_000 }).toBe("healthy");
    const session = await Session.open(people.login("bob", "again"));
    expect(await session.archived("kept in a table")).toHaveLength(1);
  });
});
