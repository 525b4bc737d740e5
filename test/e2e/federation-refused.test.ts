// A server whose certificate is wrong is nobody: whoever connects, and whatever it has to say for itself otherwise.
import { xml } from "@xmpp/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventually } from "../image/docker.ts";
import { Session } from "./client.ts";
import { OtherServer, kinds, wrong } from "./other-server.ts";
import { TestStack } from "./stack.ts";
import { Stream } from "./stream.ts";

const domain = "one.example";
const stack = new TestStack("refused", 37, { domains: [{ name: domain }] });
const far = await OtherServer.create();
let anna: Session;

beforeAll(async () => {
  await far.federate(stack, [domain]);
  anna = await Session.open({ service: stack.service(), domain, username: "admin", password: stack.outputs.adminPassword });
  await anna.send(xml("presence"));
});

afterAll(async () => {
  await Session.closeAll();
  await far.remove();
  await stack.remove();
});

const chat = (to: string, body: string) => xml("message", { to, type: "chat" }, xml("body", {}, body));

/** The error that came instead of an answer. */
async function bounced(session: Session, from: string): Promise<string> {
  const message = await session.next(`an error from ${from}`, (stanza) => stanza.is("message") && stanza.attrs.type === "error" && stanza.attrs.from === from);
  return message.getChild("error")!.toString();
}

test.each(kinds)("%s: neither side's message arrives, and both senders are told why", async (kind) => {
  const stranger = await Session.open(await far.createAccount("stranger", `${kind}.example`));
  await stranger.send(xml("presence"));
  for (const [from, to, text] of [
    [anna, stranger, `Remote server's certificate ${wrong[kind]}`],
    [stranger, anna, `not-authorized (Your server's certificate ${wrong[kind]})`],
  ] as const) {
    const body = `from ${from.bare} to ${to.bare}`;
    await from.send(chat(to.bare, body));
    const error = await bounced(from, to.bare);
    expect(error).toContain("<remote-server-timeout");
    expect(error).toContain(`Server-to-server connection failed: ${text}`);
    expect(await to.archived(body)).toEqual([]);
  }
});

const ways: [string, (options: object) => Promise<Stream>][] = [
  ["STARTTLS", async (options) => (await Stream.plain(stack.ports.s2s, domain, "jabber:server")).startTls(options)],
  ["direct TLS", (options) => Stream.directTls(stack.ports.s2sDirectTls, domain, "xmpp-server", options)],
];

describe.each(ways)("by hand over %s", (_way, connect) => {
  test.each(kinds)("%s: the stream is closed at once, with the reason", async (kind) => {
    const { certificate: cert, key } = far.wrongPairs[kind];
    const stream = await connect({ cert, key });
    const answer = await stream.open(`${kind}.example`);
    expect(answer).toContain(`Your server&apos;s certificate ${wrong[kind]}`);
    expect(answer).not.toContain("<stream:features");
    stream.close();
  });

  test("without a certificate too", async () => {
    const stream = await connect({});
    expect(await stream.open(far.domain)).toMatch(/<not-authorized .*could not be validated/);
    stream.close();
  });

  test("with the right one it proves its own name, and no other by dialback (XEP-0220)", async () => {
    const { certificate: cert, key } = await far.authority.issue([far.domain]);
    const stream = await connect({ cert, key });
    expect(await stream.open(far.domain)).toContain("<mechanism>EXTERNAL</mechanism>");
    await stream.answer("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'>=</auth>", /<success/);
    const id = / id=['"]([^'"]+)/.exec(await stream.open(far.domain))![1]!;

    const unproved = "unknown-ca.example";
    const refused = async () => (await stack.logs()).split(`Forbidding insecure connection to/from ${unproved}`).length;
    const before = await refused();
    stream.socket.write(`<db:result xmlns:db='jabber:server:dialback' from='${unproved}' to='${domain}'>${far.dialbackKey(domain, unproved, id)}</db:result>`);
    await eventually("the server that could confirm it is refused", async () => (await refused()) > before);
    const body = `spoken for ${unproved} on ${id}`;
    const message = `<message from='x@${unproved}' to='${anna.bare}' type='chat'><body>${body}</body></message>`;
    expect(await stream.answer(message, /<\/stream:error>/)).toContain("<not-authorized");
    expect(await anna.archived(body)).toEqual([]);
    stream.close();
  });
});
