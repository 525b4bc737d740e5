// Lists of spammers that operators share: who is on one reaches nobody who does not know them, and gets into no room.
import { createHash } from "node:crypto";
import { xml } from "@xmpp/client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually } from "../image/docker.ts";
import { Session } from "./client.ts";
import { OtherServer } from "./other-server.ts";
import { publish, retract } from "./pubsub.ts";
import { TestStack } from "./stack.ts";

const domain = "one.example";
const room = `tea@conference.${domain}`;
const stack = new TestStack("shared-lists", 14, { domains: [{ name: domain }], spam: { sharedList: "lists.far.example" } });
const far = await OtherServer.create();
const service = `lists.${far.domain}`;
let anna: Session;
let fred: Session;
let greta: Session;

beforeAll(async () => {
  await far.federate(stack, [domain, `conference.${domain}`]); // the stack is up first, and does not find the lists yet
  anna = await Session.open({ service: stack.service(), domain, username: "admin", password: stack.outputs.adminPassword });
  await anna.send(xml("presence"));
  [fred, greta] = [await online("fred"), await online("greta")];
  await eventually("the stack has subscribed to all lists", async () => (await stack.logs()).split("RTBL active").length - 1 === 4, 60);
});

afterAll(async () => {
  await Session.closeAll();
  await far.remove();
  await stack.remove();
});

async function online(username: string): Promise<Session> {
  const session = await Session.open(await far.createAccount(username, far.domain));
  await session.send(xml("presence"));
  return session;
}

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
const list = (node: string, item: string) => publish(fred, { service, node }, item, xml("report", { xmlns: "urn:xmpp:reporting:1" }));
const strike = (node: string, item: string) => retract(fred, { service, node }, item);

let count = 0;
/** What becomes of a message to Anna. */
async function fate(from: Session): Promise<string> {
  const id = `m${++count}`;
  await from.send(xml("message", { to: anna.bare, type: "chat", id }, xml("body", {}, id)));
  const arrived = anna.message(id).then(() => "arrives", () => "does not arrive");
  const refused = from.next(`an error for ${id}`, (stanza) => stanza.attrs.type === "error" && stanza.attrs.id === id).then((stanza) => stanza.getChild("error")!.toString(), () => "no error");
  return Promise.race([arrived, refused]);
}

test("lists that could not be reached when the stack came up have been asked for again", async () => {
  expect(await stack.logs()).toContain(`No list of ${service} yet, trying again in 10 s`);
});

test("a JID on the list is refused as soon as it is there, and taken when it is struck off", async () => {
  expect(await fate(greta)).toBe("arrives");
  await list("spam_source_jids_sha256", sha256(greta.bare));
  await eventually("Greta is refused", async () => (await fate(greta)).includes("<policy-violation"));
  expect(await fate(fred)).toBe("arrives");
  await strike("spam_source_jids_sha256", sha256(greta.bare));
  await eventually("Greta is taken", async () => (await fate(greta)) === "arrives");
});

test("who is on the list for rooms gets into none", async () => {
  const enter = (session: Session, id: string) => session.send(xml("presence", { to: `${room}/${session.bare}`, id }, xml("x", { xmlns: "http://jabber.org/protocol/muc" })));
  const outcome = (session: Session) => session.next("an answer of the room", (stanza) => stanza.is("presence") && stanza.attrs.from!.startsWith(room));
  await anna.send(xml("presence", { to: `${room}/anna` }, xml("x", { xmlns: "http://jabber.org/protocol/muc" })));
  await outcome(anna);
  const open = xml("x", { xmlns: "jabber:x:data", type: "submit" }, xml("field", { var: "FORM_TYPE" }, xml("value", {}, "http://jabber.org/protocol/muc#roomconfig")), xml("field", { var: "muc#roomconfig_membersonly" }, xml("value", {}, "0")));
  await anna.request("set", xml("query", { xmlns: "http://jabber.org/protocol/muc#owner" }, open), room);
  await list("muc_bans_sha256", sha256(greta.bare));
  await enter(fred, "fred");
  expect((await outcome(fred)).attrs.type).toBeUndefined();
  await enter(greta, "greta");
  const answer = await outcome(greta);
  expect(answer.attrs.type).toBe("error");
  expect(answer.getChild("error")!.toString()).toContain("You are banned from this service");
});

test("a domain on the list is refused", async () => {
  await list("spam_source_domains", far.domain);
  await eventually("all of the domain are refused", async () => (await fate(fred)).includes("listed as a known source of spam"));
});

test("none of it made Prosody stumble", async () => {
  expect((await stack.logs()).split("\n").filter((line) => /traceback|\terror\t/i.test(line))).toEqual([]);
});
