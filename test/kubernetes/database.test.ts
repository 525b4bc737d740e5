// PostgreSQL on a cluster: in a pod of its own, for Prosody alone, with passwords that change unnoticed.
import { xml } from "@xmpp/client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Session, stanzaId } from "../e2e/client.ts";
import { People } from "../e2e/people.ts";
import { eventually } from "../image/docker.ts";
import { ClusterStack } from "./cluster-stack.ts";

const stack = new ClusterStack("kube-database", 18, { database: "postgresql", storage: { data: "64MiB", uploads: "64MiB", database: "512MiB" } });
const people = new People(stack);
let alice: Session;
let bob: Session;

const query = async (sql: string) =>
  (await stack.ask("exec", "postgres-0", "--container", "postgres", "--", "/usr/lib/postgresql/17/bin/psql", "-XAt", "-h", "/run/postgresql", "-U", "postgres", "-d", "prosody", "-c", sql)).trim();

async function archived(body: string): Promise<void> {
  await alice.send(xml("message", { to: bob.bare, type: "chat" }, xml("body", {}, body)));
  const id = stanzaId(await bob.message(body));
  expect(id).toBeTruthy();
  expect(await query(`SELECT count(*) FROM prosodyarchive WHERE "key" = '${id}' AND "user" = 'bob'`)).toBe("1");
}

beforeAll(async () => {
  await stack.up();
  await people.create("alice", "bob");
  [alice, bob] = await Promise.all([people.online("alice"), people.online("bob")]);
}, 400_000);

afterAll(async () => {
  await Session.closeAll();
  await stack.remove();
});

test("messages are kept in it, by a connection that is encrypted", async () => {
  await archived("kept in a table");
  expect(await query("SELECT usename, ssl FROM pg_stat_activity JOIN pg_stat_ssl USING (pid) WHERE datname = 'prosody' AND client_addr IS NOT NULL")).toBe("prosody|t");
});

test("another password is in force without another pod, and no session is cut", async () => {
  const before = await Promise.all(["prosody", "postgres"].map((service) => stack.identity(service)));
  const verifier = await query("SELECT rolpassword FROM pg_authid WHERE rolname = 'prosody'");
  stack.settings = { ...stack.settings, postgres: { passwordVersion: 2 } };
  await stack.up();
  expect(await Promise.all(["prosody", "postgres"].map((service) => stack.identity(service)))).toEqual(before);
  expect(await query("SELECT rolpassword FROM pg_authid WHERE rolname = 'prosody'")).not.toBe(verifier);
  await query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'prosody'");
  await archived("by a new connection");
});

test("its pod is deleted: another has the data, and Prosody finds it by itself", async () => {
  const before = await stack.identity();
  await stack.ask("delete", "pod", "postgres-0", "--wait=true");
  await stack.ask("wait", "pod/postgres-0", "--for", "condition=Ready", "--timeout", "120s");
  await eventually("messages are taken again", async () => {
    await alice.send(xml("message", { to: bob.bare, type: "chat" }, xml("body", {}, "knocking")));
    expect(await alice.ping()).toBe(true); // so that it has gone one way or the other
    return bob.take((stanza) => stanza.getChildText("body") === "knocking").length > 0;
  });
  await archived("after that");
  expect(await bob.archived("kept in a table")).toHaveLength(1);
  expect(await stack.identity()).toEqual(before);
  expect([alice.disconnected, bob.disconnected]).toEqual([false, false]);
});
