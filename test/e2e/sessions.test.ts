// Limits on sessions, accounts that are gone, and what is reported to administrators.
import { xml } from "@xmpp/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ScramSha256 } from "../../ops/scram-sha-256.ts";
import { dockerOutput } from "../image/docker.ts";
import { Session } from "./client.ts";
import { People, domain } from "./people.ts";
import { TestStack } from "./stack.ts";
import { Stream } from "./stream.ts";

const stack = new TestStack("sessions", 54, { sessions: { perAccount: 2, total: 4 } });
const people = new People(stack);
const held: Stream[] = [];
let admin: Session;

beforeAll(async () => {
  await stack.up();
  await people.create("alice", "bob", "carol");
});

afterAll(async () => {
  for (const stream of held) stream.close();
  await Session.closeAll();
  await stack.remove();
});

const asAdmin = () => Session.open({ service: stack.service(), domain, username: "admin", password: stack.outputs.adminPassword });

/** What the server says to one more resource (RFC 6120 section 7). */
async function bound(username: string, resource: string): Promise<string> {
  const stream = await Stream.directTls(stack.ports.c2sDirectTls, domain);
  await stream.open();
  expect(await stream.authenticate("SCRAM-SHA-256", new ScramSha256(), { username, password: people.password })).toContain("<success");
  await stream.open();
  const answer = await stream.answer(`<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>${resource}</resource></bind></iq>`, /<\/iq>/);
  stream.close();
  return answer;
}

describe("with two sessions an account, and four in all", () => {
  beforeAll(async () => {
    for (const [name, resource] of [["alice", "one"], ["alice", "two"], ["bob", "one"]] as const) await people.online(name, resource);
  });

  test("an account gets no third one", async () => {
    expect(await bound("alice", "three")).toMatch(/<resource-constraint.*This account has as many sessions as it may/);
  });

  test("a resource that is there is not one more", async () => {
    for (let time = 0; time < 2; time++) {
      const stream = await Stream.directTls(stack.ports.c2sDirectTls, domain);
      await stream.logIn("carol", people.password, "one"); // the second time it takes the first one's place
      held.push(stream);
    }
  });

  test("others get none when all are taken, but administrators do", async () => {
    expect(await bound("bob", "two")).toMatch(/<resource-constraint.*This service has as many sessions as it may/);
    admin = await asAdmin();
    expect(await admin.ping()).toBe(true);
  });

  test("more are let in as soon as the settings say so, without a restart", async () => {
    const before = await stack.identity();
    stack.settings = { ...stack.settings, sessions: { perAccount: 3, total: 20 } };
    await stack.up();
    expect(await stack.identity()).toEqual(before);
    expect(await admin.ping()).toBe(true);
    expect(await bound("alice", "three")).toContain("type='result'");
    expect(await bound("bob", "two")).toContain("type='result'");
  });

  test("an address has its own limit, of which those that are gone take nothing", async () => {
    const apply = (sessions: object) => ((stack.settings = { ...stack.settings, sessions }), stack.up());
    await apply({ perAddress: 5 }); // here all come from one, and five are there
    expect(await bound("bob", "two")).toMatch(/<resource-constraint.*Your address has as many sessions as it may/);
    await apply({ perAddress: 6 });
    expect(await bound("bob", "two")).toContain("type='result'");
    await apply({});
  });
});

test.each(["spam", "abuse"])("%s that a user reports is told to the administrator, and the sender is blocked (XEP-0377)", async (kind) => {
  const bob = await people.online("bob", kind);
  const troll = `${kind}@other.example`;
  const report = xml("report", { xmlns: "urn:xmpp:reporting:1", reason: `urn:xmpp:reporting:${kind}` }, xml("stanza-id", { xmlns: "urn:xmpp:sid:0", by: bob.bare, id: "28482-98726-73623" }), xml("text", {}, "I have had enough"));
  await admin.send(xml("presence"));
  await bob.request("set", xml("block", { xmlns: "urn:xmpp:blocking" }, xml("item", { jid: troll }, report)));
  const message = await admin.message(`${bob.bare} reports ${troll} for ${kind}: I have had enough (messages in the archive: 28482-98726-73623)`);
  expect(message.attrs.from).toBe(domain);
  const list = await bob.request("get", xml("blocklist", { xmlns: "urn:xmpp:blocking" }));
  expect(list.toString()).toContain(troll);
});

test("the name of an account that was deleted is given to nobody else", async () => {
  stack.settings = { ...stack.settings, registration: { mode: "open" } };
  await Session.closeAll();
  await stack.up();
  await dockerOutput(["exec", stack.container, "prosodyctl", "shell", "user", "delete", people.jid("carol")]);
  const registered = async (username: string) => {
    const stream = await Stream.directTls(stack.ports.c2sDirectTls, domain);
    await stream.open();
    const answer = await stream.answer(`<iq type='set' id='register'><query xmlns='jabber:iq:register'><username>${username}</username><password>${people.password}</password></query></iq>`, /<\/iq>|<iq [^>]*\/>/);
    stream.close();
    return answer;
  };
  expect(await registered("carol")).toMatch(/type='error'.*<not-acceptable/);
  expect(await registered("caroline")).toContain("type='result'");
});
