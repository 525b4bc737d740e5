// Rooms, as the IM suite asks for them.
import { randomUUID } from "node:crypto";
import { xml } from "@xmpp/client";
import { expect } from "vitest";
import { stanzaId } from "../client.ts";
import { affiliate, condition, departure, joinRoom, say, statusCodes } from "../rooms.ts";
import { componentFor, hasFeatures } from "./discovery.ts";
import { becomeContacts, part } from "./messaging.ts";
import type { TestedServer } from "./tested-server.ts";

/** A room of Alice's, with Bob in it. */
async function room({ alice, bob, rooms }: TestedServer): Promise<string> {
  const jid = `${randomUUID()}@${rooms}`;
  const { presence } = await joinRoom(alice, jid, "Alice");
  expect(statusCodes(presence)).toContain("201"); // made by this
  await affiliate(alice, jid, bob.bare, "member");
  await joinRoom(bob, jid, "Bob");
  return jid;
}

/** XEP-0045: found, made, joined, talked in, left. */
export async function multiUserChat(server: TestedServer): Promise<void> {
  const { alice, bob } = server;
  expect(await componentFor(alice, "conference/text")).toBe(server.rooms);
  await hasFeatures(alice, server.rooms, "http://jabber.org/protocol/muc");
  const jid = await room(server);
  const body = randomUUID();
  await say(alice, jid, body);
  expect((await bob.message(body)).attrs).toMatchObject({ from: `${jid}/Alice`, type: "groupchat" });
  await bob.send(xml("presence", { to: `${jid}/Bob`, type: "unavailable" }));
  await departure(alice, jid, "Bob");
}

/** XEP-0249: it comes from a contact, and not from strangers (config-templates/prosody/firewall). */
export async function directInvitation({ alice, bob, rooms }: TestedServer): Promise<void> {
  const jid = `${randomUUID()}@${rooms}`;
  const invite = () => alice.send(xml("message", { to: bob.bare }, xml("x", { xmlns: "jabber:x:conference", jid })));
  await invite();
  const refusal = await alice.next("the refusal", (stanza) => stanza.is("message") && stanza.attrs.type === "error" && stanza.attrs.from === bob.bare);
  expect(condition(refusal)).toBe("policy-violation");
  await becomeContacts(alice, bob);
  await invite();
  const invitation = await bob.next("the invitation", (stanza) => stanza.getChild("x", "jabber:x:conference")?.attrs.jid === jid);
  expect(invitation.attrs.from).toBe(alice.jid);
  await part(alice, bob);
}

/** XEP-0313 of a room: its members read what was said. */
export async function roomArchive(server: TestedServer): Promise<void> {
  const { alice, bob } = server;
  const jid = await room(server);
  await hasFeatures(alice, jid, "urn:xmpp:mam:2", "urn:xmpp:mam:2#extended");
  const body = randomUUID();
  await say(alice, jid, body);
  const id = stanzaId(await bob.message(body))!;
  expect((await bob.archivePage({ page: { max: 1, before: "" } }, jid)).messages).toMatchObject([{ id, body }]);
}

/** XEP-0410, with the optimization that the room answers itself. */
export async function selfPing(server: TestedServer): Promise<void> {
  const { alice, bob } = server;
  const jid = await room(server);
  await hasFeatures(alice, jid, "http://jabber.org/protocol/muc#self-ping-optimization");
  const ping = () => bob.request("get", xml("ping", { xmlns: "urn:xmpp:ping" }), `${jid}/Bob`);
  expect((await ping()).attrs.type).toBe("result");
  await bob.send(xml("presence", { to: `${jid}/Bob`, type: "unavailable" }));
  await departure(bob, jid, "Bob");
  await expect(ping()).rejects.toThrow(/^not-acceptable/);
}

/** XEP-0425: a moderator takes back what somebody said, and the archive does too. */
export async function moderation(server: TestedServer): Promise<void> {
  const { alice, bob } = server;
  const jid = await room(server);
  await hasFeatures(alice, jid, "urn:xmpp:message-moderate:1");
  const body = randomUUID();
  await say(bob, jid, body);
  const id = stanzaId(await alice.message(body))!;
  await alice.request("set", xml("moderate", { xmlns: "urn:xmpp:message-moderate:1", id }, xml("retract", { xmlns: "urn:xmpp:message-retract:1" })), jid);
  const retraction = await bob.next("the retraction", (stanza) => stanza.getChild("retract", "urn:xmpp:message-retract:1")?.attrs.id === id);
  expect(retraction.attrs.from).toBe(jid);
  expect(retraction.getChild("retract")!.getChild("moderated", "urn:xmpp:message-moderate:1")).toBeDefined();
  expect((await bob.archivePage({}, jid)).messages.map((message) => message.body)).not.toContain(body);
}
