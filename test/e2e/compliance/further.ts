// What XEP-0479 mentions without asking for it: specifications of note, and those that it may ask for one day.
import { type Element, xml } from "@xmpp/client";
import { expect } from "vitest";
import { goOnline, xmppClient } from "../../../ops/xmpp-client.ts";
import { Session } from "../client.ts";
import { domain } from "../people.ts";
import { Stream } from "../stream.ts";
import { componentFor, formOf, hasFeatures, itemsOf } from "./discovery.ts";
import { moderation } from "./group-chat.ts";
import { nativeBookmarks } from "./profiles.ts";
import { type ClientRow, Lacking, type ServerRow, type Suite } from "./row.ts";
import type { TestedServer } from "./tested-server.ts";

type Probe = ServerRow["probe"];

/** XEP-0077: people set their password, and nobody makes an account. */
async function registration({ people, stack }: TestedServer): Promise<void> {
  const carol = await people.online("carol");
  await hasFeatures(carol, domain, "jabber:iq:register");
  await carol.request("set", xml("query", { xmlns: "jabber:iq:register" }, xml("username", {}, "carol"), xml("password", {}, people.password)), domain);
  await carol.close();
  const stranger = await Stream.directTls(stack.ports.c2sDirectTls, domain);
  expect(await stranger.open()).not.toContain("http://jabber.org/features/iq-register");
  const form = "<iq type='set' id='new'><query xmlns='jabber:iq:register'><username>mallory</username><password>mallory's password</password></query></iq>";
  expect(await stranger.answer(form, /<\/iq>|<\/stream:error>/)).toMatch(/<iq [^>]*type='error'|<stream:error/);
  stranger.close();
}

/** XEP-0157. */
async function contactAddresses({ alice }: TestedServer): Promise<void> {
  const addresses = await formOf(alice, domain, "http://jabber.org/network/serverinfo");
  for (const kind of ["abuse", "admin", "security", "support"]) expect(addresses[`${kind}-addresses`]).toBe(`xmpp:admin@${domain}`);
}

/** XEP-0386: one exchange logs in and binds. */
async function bind2({ people }: TestedServer): Promise<void> {
  const login = people.login("bob", "bind2");
  const entity = xmppClient(login);
  entity.reconnect.stop();
  const received: Element[] = [];
  entity.on("nonza", (element: Element) => received.push(element));
  await goOnline(entity, login);
  await entity.stop();
  const bound = received.find((element) => element.is("success", "urn:xmpp:sasl:2"))?.getChild("bound", "urn:xmpp:bind:0");
  if (bound === undefined) throw new Lacking("the login bound no resource");
}

const says = (address: "domain" | "rooms", feature: string): Probe => ({ alice, rooms }) => hasFeatures(alice, address === "rooms" ? rooms : domain, feature);

const offers = (when: "offered" | "offeredAfterLogin", text: string): Probe => async (server) => {
  if (!(await server[when]()).includes(text)) throw new Lacking(`the stream's features have no ${text}`);
};

/** Whether administrators have a command (XEP-0050). */
const hasCommand = (node: string): Probe => async ({ people, stack }) => {
  const admin = await Session.open({ ...people.login("admin"), password: stack.outputs.adminPassword });
  const commands = (await itemsOf(admin, domain, "http://jabber.org/protocol/commands")).map(({ attrs }) => attrs.node);
  await admin.close();
  expect(commands).not.toEqual([]);
  if (!commands.includes(node)) throw new Lacking(`no command ${node}`);
};

const server = (feature: string, specification: string, title: string, probe: Probe, by: readonly string[], seen: string): ServerRow => ({ feature, specification, title, probe, by, seen });
const client = (feature: string, specification: string, title: string, left: string): ClientRow => ({ feature, specification, title, client: left });
const lacking = (feature: string, specification: string, title: string, probe: Probe, state: "no" | "not yet", why: string): ServerRow =>
  ({ feature, specification, title, probe, by: [], seen: "announced", missing: { state, why } });

const invitations = "the template can do it (registration by invitation), no setting switches it on yet";

export const ofNote: Suite = {
  name: "Of note, not required",
  rows: [
    server("Public networks", "XEP-0077", "In-Band Registration", registration, ["user_account_management"], "people set their own password; making an account is refused, as the suite wants it by default"),
    server("Public networks", "XEP-0157", "Contact Addresses for XMPP Services", contactAddresses, ["server_contact_info"], "addresses of the administrators, for abuse, security and support too"),
    client("File uploads", "XEP-0066", "Out of Band Data", "to deliver the address"),
    client("File uploads", "XEP-0385", "Stateless Inline Media Sharing", "to deliver the description"),
    client("User names", "XEP-0392", "Consistent Color Generation", "none, clients compute it"),
    client("Text", "XEP-0393", "Message Styling", "none, it is text"),
    lacking("Public rooms", "XEP-0433", "Extended Channel Search", says("rooms", "urn:xmpp:channel-search:0:search"), "no", "no module: `muc_search` speaks the protocol that this one came from. Public rooms are listed by disco#items"),
    lacking("Public rooms", "XEP-0424", "Message Retraction", says("domain", "urn:xmpp:message-retract:1"), "no", "the server does not announce it: it delivers retractions, and its archives keep what they take back"),
    server("Public rooms", "XEP-0425", "Moderated Message Retraction", moderation, ["muc_moderation"], "a moderator takes a message back; occupants are told, and it is gone from the room's archive"),
    client("Mobile", "XEP-0286", "Mobile Considerations on LTE Networks", "what the Mobile suite asks for"),
  ],
};

export const future: Suite = {
  name: "For future editions, not required",
  rows: [
    server("Connections", "XEP-0386", "Bind 2", bind2, ["sasl2", "sasl2_bind2"], "one exchange logs in and binds the resource"),
    lacking("Connections", "XEP-0409", "IM Routing-NG", says("domain", "urn:xmpp:im-ng:0"), "no", "no module"),
    lacking("Connections", "XEP-0397", "Instant Stream Resumption", offers("offered", "https://xmpp.org/extensions/isr/0"), "no", "no module; FAST (XEP-0484) with SASL2 instead"),
    lacking("New people", "XEP-0401", "Ad-hoc Account Invitation Generation", hasCommand("urn:xmpp:invite#create-account"), "not yet", invitations),
    lacking("New people", "XEP-0379", "Pre-Authenticated Roster Subscription", hasCommand("urn:xmpp:invite#invite"), "not yet", invitations),
    lacking("New people", "XEP-0445", "Pre-Authenticated In-Band Registration", offers("offered", "urn:xmpp:ibr-token:0"), "not yet", invitations),
    client("Messages", "XEP-0333", "Displayed Markers", "to deliver and archive them"),
    lacking("Rooms", "XEP-0369", "Mediated Information eXchange (MIX)", async ({ alice }) => void (await componentFor(alice, "conference/mix")), "no", "no module; rooms are those of XEP-0045"),
    client("End-to-end encryption", "XEP-0380", "Explicit Message Encryption", "to deliver and archive it"),
    client("End-to-end encryption", "XEP-0420", "Stanza Content Encryption", "to deliver and archive it"),
    client("End-to-end encryption", "XEP-0384", "OMEMO Encryption", "nodes for the keys, with publish-options (XEP-0163, XEP-0223)"),
    client("End-to-end encryption", "XEP-0396", "Jingle Encrypted Transports - OMEMO", "to deliver the offers"),
    client("End-to-end encryption", "XEP-0374", "OpenPGP for XMPP Instant Messaging", "nodes for the keys, as for OMEMO"),
    server("Bookmarks", "XEP-0402", "PEP Native Bookmarks", nativeBookmarks, ["bookmarks", "pep"], "asked for by the IM suite already"),
    lacking("Components", "XEP-0225", "Component Connections", offers("offered", "urn:xmpp:component:0"), "no", "no module; XEP-0114 instead"),
    lacking("Capabilities", "XEP-0390", "Entity Capabilities 2.0", offers("offeredAfterLogin", "<c xmlns='urn:xmpp:caps'"), "no", "no module; XEP-0115 instead"),
    lacking("Outages", "XEP-0455", "Service Outage Status", async ({ alice }) => void (await formOf(alice, domain, "urn:xmpp:sos:0")), "no", "no module"),
  ],
};
