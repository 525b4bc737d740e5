// The community scale as its defaults have it: everything that it is made of, working together.
import { xml } from "@xmpp/client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { dockerOutput, eventually } from "../image/docker.ts";
import { stanzaId } from "./client.ts";
import { TurnStack } from "./turn/turn-stack.ts";

const all = new TurnStack("community", 18, {}, { scale: "community" });
const { stack } = all;
let said: string;

beforeAll(async () => {
  said = await all.create("alice", "bob");
});

afterAll(() => all.remove());

test("up ends in a login, an answer of the front and one of the TURN server", () => {
  for (const line of ["login: works", /^front: answers at /, /^calls: the TURN server answers at /]) expect(said.split("\n")).toContainEqual(expect.stringMatching(line));
});

test("it is these services", async () => {
  const running = (await stack.containers()).filter((name) => !name.endsWith("-deliver"));
  expect(running).toEqual(["coturn", "nginx", "postgres", "prosody", "redis"].map((service) => `${stack.namespace}-${service}`));
});

test("a message is archived in PostgreSQL", async () => {
  const [alice, bob] = [await all.session("alice"), await all.session("bob")];
  await bob.send(xml("presence"));
  await bob.next("its own presence", (stanza) => stanza.is("presence") && stanza.attrs.from === bob.jid);
  await alice.send(xml("message", { to: bob.bare, type: "chat" }, xml("body", {}, "Shall we call?")));
  const id = stanzaId(await bob.message("Shall we call?"));
  const rows = await dockerOutput(["exec", `${stack.namespace}-postgres`, "/usr/lib/postgresql/17/bin/psql", "-XAt", "-h", "/run/postgresql", "-U", "postgres", "-d", "prosody", "-c", `SELECT "user" FROM prosodyarchive WHERE "key" = '${id}'`]);
  expect(rows.trim()).toBe("bob");
});

test("a call's data goes through a relay, with what a user was told over XMPP", async () => {
  const client = await all.client(await all.credentials(await all.session("alice")));
  await client.allocate();
  const peer = await all.network.peer(10);
  await client.permit(peer.address);
  client.send(peer, Buffer.from("hello"));
  await eventually("the peer's answer", () => Promise.resolve(client.received.length > 0));
});
