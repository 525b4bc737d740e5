// Federation: with another domain of the same stack, and with a server of somebody else's over TLS with certificates that
// both check.
import { xml } from "@xmpp/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Login } from "../../ops/xmpp-client.ts";
import { dockerOutput } from "../image/docker.ts";
import { Session, stanzaId } from "./client.ts";
import { OtherServer } from "./other-server.ts";
import { TestStack } from "./stack.ts";

const [own, second] = ["one.example", "two.example"] as const;
const stack = new TestStack("federation", 36, { domains: [{ name: own }, { name: second }] });
const far = await OtherServer.create();
const other = far.domain;
const muc = "http://jabber.org/protocol/muc";
let people: { anna: Session; otto: Session; fred: Session };

beforeAll(async () => {
  await far.federate(stack, [own, `conference.${own}`, `upload.${own}`]);
  people = { anna: await online(login(own)), otto: await online(login(second)), fred: await online(await far.createAccount("fred", other)) };
});

afterAll(async () => {
  await Session.closeAll();
  await far.remove();
  await stack.remove();
});

function login(domain: string): Login {
  return { service: stack.service(), domain, username: "admin", password: stack.outputs.adminPasswords[`admin@${domain}`]! };
}

async function online(as: Login): Promise<Session> {
  const session = await Session.open(as);
  await session.request("get", xml("query", { xmlns: "jabber:iq:roster" })); // who has not asked for it is told of no change
  await session.send(xml("presence"));
  return session;
}

const chat = (to: string, body: string) => xml("message", { to, type: "chat" }, xml("body", {}, body));
const presenceFrom = (session: Session, from: string, type?: string) =>
  session.next(`presence ${type ?? ""} of ${from}`, (stanza) => stanza.is("presence") && stanza.attrs.from === from && stanza.attrs.type === type);
const enter = (session: Session, room: string, nick: string) => session.send(xml("presence", { to: `${room}/${nick}` }, xml("x", { xmlns: muc })));

describe.each([["another domain of the stack", "otto"], ["another server", "fred"]] as const)("with %s", (_where, who) => {
  test("each asks for the other's presence and is answered; both see each other come and go", async () => {
    const { anna, [who]: peer } = people;
    for (const [asking, asked] of [[anna, peer], [peer, anna]] as const) {
      await asking.send(xml("presence", { to: asked.bare, type: "subscribe" }));
      await presenceFrom(asked, asking.bare, "subscribe");
      await asked.send(xml("presence", { to: asking.bare, type: "subscribed" }));
      await presenceFrom(asking, asked.bare, "subscribed");
      await presenceFrom(asking, asked.jid);
    }
    for (const [leaving, staying] of [[anna, peer], [peer, anna]] as const) {
      await leaving.send(xml("presence", { type: "unavailable" }));
      await presenceFrom(staying, leaving.jid, "unavailable");
      await leaving.send(xml("presence"));
      await presenceFrom(staying, leaving.jid);
    }
  });

  test("messages arrive both ways, and both sides keep them", async () => {
    const { anna, [who]: peer } = people;
    for (const [from, to] of [[anna, peer], [peer, anna]] as const) {
      const body = `from ${from.bare} to ${to.bare}`;
      await from.send(chat(to.bare, body));
      const received = await to.message(body);
      expect(received.attrs.from).toBe(from.jid);
      expect(await to.archived(body)).toEqual([stanzaId(received)]);
      expect(await from.archived(body)).toHaveLength(1);
    }
  });

  test("a room of ours lets its members in from there, and answers them from its archive", async () => {
    const { anna, [who]: peer } = people;
    const room = `meeting-${who}@conference.${own}`;
    await enter(anna, room, "Anna");
    await presenceFrom(anna, `${room}/Anna`);
    await enter(peer, room, "Peer");
    expect((await presenceFrom(peer, `${room}/Peer`, "error")).getChild("error")!.getChild("registration-required")).toBeDefined();
    await anna.request("set", xml("query", { xmlns: `${muc}#admin` }, xml("item", { affiliation: "member", jid: peer.bare })), room);
    await enter(peer, room, "Peer");
    await presenceFrom(anna, `${room}/Peer`);
    await presenceFrom(peer, `${room}/Anna`);
    await peer.send(xml("message", { to: room, type: "groupchat" }, xml("body", {}, `Hello from ${who}`)));
    const received = await anna.message(`Hello from ${who}`);
    expect(received.attrs.from).toBe(`${room}/Peer`);
    expect(await peer.archived(`Hello from ${who}`, room)).toEqual([stanzaId(received)]);
  });

  test("a room of theirs takes one of us in", async () => {
    const { anna, [who]: peer } = people;
    const room = `there-${who}@conference.${who === "otto" ? second : other}`;
    await enter(peer, room, "Peer");
    await presenceFrom(peer, `${room}/Peer`);
    await peer.request("set", xml("query", { xmlns: `${muc}#admin` }, xml("item", { affiliation: "member", jid: anna.bare })), room);
    await enter(anna, room, "Anna");
    await presenceFrom(peer, `${room}/Anna`);
    await peer.send(xml("message", { to: room, type: "groupchat" }, xml("body", {}, `Welcome to ${who}`)));
    expect((await anna.message(`Welcome to ${who}`)).attrs.from).toBe(`${room}/Peer`);
  });

  test("what is for the domain's own people is refused: upload slots, new rooms, others' archives", async () => {
    const { anna, [who]: peer } = people;
    const slot = xml("request", { xmlns: "urn:xmpp:http:upload:0", filename: "a.txt", size: "1" });
    await expect(peer.request("get", slot, `upload.${own}`)).rejects.toThrow(/not-authorized|forbidden/);
    const room = `new-by-${who}@conference.${own}`;
    await enter(peer, room, "Peer");
    expect((await presenceFrom(peer, `${room}/Peer`, "error")).getChild("error")!.getChild("not-allowed")).toBeDefined();
    await expect(peer.archived("anything", anna.bare)).rejects.toThrow(/forbidden|service-unavailable/);
  });
});

/** The stack's connections with other servers, as Prosody shows them: hosts, port, STARTTLS, SASL, dialback. */
async function connections(): Promise<string[][]> {
  const columns = `{ "dir", { key = "from_host", width = 30 }, { key = "to_host", width = 30 }, "port", { key = "starttls", width = 10 }, "secure", "s2s_sasl", "dialback" }`;
  const output = await dockerOutput(["exec", stack.container, "prosodyctl", "shell", `s2s:show(nil, ${columns})`]);
  return output.split("\n").map((line) => line.split("|").map((cell) => cell.trim())).filter(([direction]) => /^[<-]/.test(direction!));
}

test("one connection for both directions (XEP-0288) with TLS 1.3 and SASL EXTERNAL: STARTTLS to 5269, direct TLS to 5270", async () => {
  const { anna, fred } = people;
  const info = () => xml("query", { xmlns: "http://jabber.org/protocol/disco#info" });
  await anna.request("get", info(), other);
  await anna.request("get", info(), `conference.${other}`);
  await fred.request("get", info(), `conference.${own}`);
  await fred.request("get", info(), `upload.${own}`);
  const proved = ["TLSv1.3", "Succeeded", "Not used"];
  expect((await connections()).toSorted()).toEqual([
    ["<->", other, `conference.${own}`, "5270", "", ...proved],
    ["<->", other, `upload.${own}`, "5269", "completed", ...proved],
    ["<->", own, `conference.${other}`, "5270", "", ...proved],
    ["<->", own, other, "5269", "completed", ...proved],
  ]);
});
