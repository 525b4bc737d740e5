// What a server has to refuse, and by which name (RFC 6120, RFC 6121): byte by byte, as no client library would send it.
import { type Element, xml } from "@xmpp/client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ScramSha256 } from "../../ops/scram-sha-256.ts";
import { Session } from "./client.ts";
import { People, domain } from "./people.ts";
import { TestStack } from "./stack.ts";
import { Stream } from "./stream.ts";

const limit = 20 * 1024;
const read = 8 * 1024; // what Prosody reads at once: a stanza that ends within may be that much longer
const stack = new TestStack("errors", 17, { limits: { c2s: { rate: "1MB/s" }, c2sStanza: "20KiB" } });
const people = new People(stack);
const connect = () => Stream.directTls(stack.ports.c2sDirectTls, domain);
let bob: Session;

beforeAll(async () => {
  await stack.up();
  await people.create("alice", "bob");
  bob = await people.online("bob");
});

afterAll(async () => {
  await Session.closeAll();
  await stack.remove();
});

/** The name of the error that ends a stream, which has to be closed then. */
async function streamError(stream: Stream, text: string): Promise<string | undefined> {
  const answer = await stream.answer(text, /<\/stream:stream>$/);
  return /<stream:error><([\w-]+) xmlns='urn:ietf:params:xml:ns:xmpp-streams'/.exec(answer)?.[1];
}

/** The name of the error that answers a stanza. */
async function stanzaError(stream: Stream, text: string): Promise<string | undefined> {
  const answer = await stream.answer(text, /<\/(iq|message|presence|stream:error)>/);
  return /<error [^>]*><([\w-]+) xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/.exec(answer)?.[1];
}

const streams = "http://etherx.jabber.org/streams";
const header = ({ to = ` to='${domain}'`, xmlns = streams, declaration = "<?xml version='1.0'?>" }) => `${declaration}<stream:stream xmlns='jabber:client' xmlns:stream='${xmlns}'${to} version='1.0'>`;

test.each([
  ["is of another protocol", "GET / HTTP/1.1\r\n\r\n", "not-well-formed"],
  ["has another namespace", header({ xmlns: "urn:example:streams" }), "invalid-namespace"],
  ["is for nobody", header({ to: "" }), "improper-addressing"],
  ["is for a domain that is not served here", header({ to: " to='other.test'" }), "host-unknown"],
  ["defines entities", header({ declaration: "<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'c'>]>" }), "not-well-formed"],
  ["is not in UTF-8", header({ declaration: "<?xml version='1.0' encoding='ISO-8859-1'?>" }), "not-well-formed"],
])("a stream that %s is refused", async (_what, opening, expected) => {
  expect(await streamError(await connect(), opening)).toBe(expected);
});

test.each([
  ["tags that do not match", "<message></presence>", "not-well-formed"],
  ["a prefix without a namespace", "<a:message/>", "not-well-formed"],
  ["an entity of its own", "<message>&mine;</message>", "not-well-formed"],
  ["a comment", "<!-- here -->", "not-well-formed"],
  ["a processing instruction", "<?do this?>", "not-well-formed"],
  ["an element that is no stanza", "<announcement xmlns='urn:example:news'/>", "unsupported-stanza-type"],
  ["more than a stranger may send", `<message><body>${"x".repeat(10_000 + read)}</body></message>`, "policy-violation"],
])("%s: the stream ends", async (_what, sent, expected) => {
  const stream = await connect();
  await stream.open();
  expect(await streamError(stream, sent)).toBe(expected);
});

test("before the login no stanza gets through", async () => {
  const stream = await connect();
  await stream.open();
  expect(await stanzaError(stream, `<message to='${bob.bare}' type='chat'><body>Guess who</body></message>`)).toBe("service-unavailable");
  expect(await bob.ping()).toBe(true);
  expect(bob.take((stanza) => stanza.is("message"))).toEqual([]);
  stream.close();
});

test("a stanza that is larger than announced ends the stream; one that is not, arrives", async () => {
  const stream = await connect();
  await stream.logIn("alice", people.password, "sizes");
  const sized = (size: number) => `<message to='${bob.bare}' type='chat'><body>${"x".repeat(size)}</body></message>`;
  await stream.answer(sized(limit - 200) + "<iq type='get' id='after'><ping xmlns='urn:xmpp:ping'/></iq>", /<iq[^>]*id='after'/);
  await bob.message("x".repeat(limit - 200));
  expect(await streamError(stream, sized(limit + read))).toBe("policy-violation");
});

test("limits are announced before and after the login (XEP-0478)", async () => {
  const stream = await connect();
  expect(await stream.open()).toContain("<limits xmlns='urn:xmpp:stream-limits:0'><max-bytes>10000</max-bytes>");
  await stream.authenticate("SCRAM-SHA-256", new ScramSha256(), { username: "alice", password: people.password });
  expect(await stream.open()).toContain(`<limits xmlns='urn:xmpp:stream-limits:0'><max-bytes>${limit}</max-bytes>`);
  stream.close();
});

test("of two connections with one resource the new one stays, and the old one is told why it does not", async () => {
  const [old, next] = [await connect(), await connect()];
  await old.logIn("alice", people.password, "only-one");
  await next.logIn("alice", people.password, "only-one");
  expect(await old.until(/<\/stream:stream>$/)).toContain("<stream:error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>");
  expect(await next.answer("<iq type='get' id='still'><ping xmlns='urn:xmpp:ping'/></iq>", /<iq[^>]*>/)).toContain("type='result'");
  next.close();
});

const payload = "<query xmlns='urn:example:unknown'/>";

test.each([
  ["an IQ without an id", `<iq type='get'>${payload}</iq>`, "bad-request"],
  ["an IQ of no known type", `<iq type='ask' id='1'>${payload}</iq>`, "bad-request"],
  ["an IQ that asks nothing", "<iq type='get' id='1'/>", "bad-request"],
  ["an IQ that asks two things", `<iq type='get' id='1'>${payload}${payload}</iq>`, "bad-request"],
  ["a question that the server does not know", `<iq type='get' id='1' to='${domain}'>${payload}</iq>`, "service-unavailable"],
  ["a question to oneself that nobody knows", `<iq type='get' id='1'>${payload}</iq>`, "service-unavailable"],
  ["a question to somebody unknown", `<iq type='get' id='1' to='${people.jid("nobody")}'>${payload}</iq>`, "service-unavailable"],
  ["a question to a device that is not there", `<iq type='get' id='1' to='bob@${domain}/gone'>${payload}</iq>`, "service-unavailable"],
  ["a message to somebody unknown", `<message type='chat' to='${people.jid("nobody")}'><body>Hello?</body></message>`, "service-unavailable"],
  ["an address that is none", `<message type='chat' to='a b@${domain}'><body>Hello?</body></message>`, "jid-malformed"],
  ["a question to a server that does not exist", `<iq type='get' id='1' to='nowhere.invalid'>${payload}</iq>`, "remote-server-not-found"],
])("%s is answered with an error, and the stream goes on", async (_what, stanza, expected) => {
  const stream = await connect();
  await stream.logIn("alice", people.password, "questions");
  expect(await stanzaError(stream, stanza)).toBe(expected);
  expect(await stream.answer("<iq type='get' id='on'><ping xmlns='urn:xmpp:ping'/></iq>", /<iq[^>]*id='on'[^>]*>/)).toContain("type='result'");
  stream.close();
});

test("a sender's address is the server's to say", async () => {
  const stream = await connect();
  await stream.logIn("alice", people.password, "forger");
  stream.socket.write(`<message from='admin@${domain}/office' to='${bob.bare}' type='chat'><body>Send me your password</body></message>`);
  expect((await bob.message("Send me your password")).attrs.from).toBe(`alice@${domain}/forger`);
  stream.close();
});

test("a request to subscribe does not tell who exists (RFC 6121 section 8.5.1)", async () => {
  const roster = "jabber:iq:roster";
  await bob.request("get", xml("query", { xmlns: roster })); // from now on he is told of changes
  for (const jid of [people.jid("alice"), people.jid("nobody")]) {
    await bob.send(xml("presence", { to: jid, type: "subscribe" }));
    const item = (stanza: Element) => stanza.getChild("query", roster)?.getChild("item");
    const push = await bob.next(`the push for ${jid}`, (stanza) => item(stanza)?.attrs.jid === jid);
    expect(item(push)!.attrs).toMatchObject({ subscription: "none", ask: "subscribe" });
    expect(await bob.ping()).toBe(true);
    expect(bob.take((stanza) => stanza.attrs.from === jid)).toEqual([]);
  }
});
