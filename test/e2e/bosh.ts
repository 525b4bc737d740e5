// XMPP over BOSH (XEP-0124, XEP-0206), request by request: no client library for Node speaks it.
import { randomInt } from "node:crypto";
import { ScramSha256 } from "../../ops/scram-sha-256.ts";
import { fetchFrom } from "./web.ts";

const namespaces = "xmlns='http://jabber.org/protocol/httpbind' xmlns:xmpp='urn:xmpp:xbosh'";
const sasl = "xmlns='urn:ietf:params:xml:ns:xmpp-sasl'";

export interface BoshLogin {
  /** Where it is served, e.g. `https://one.test/http-bind`. */
  readonly url: string;
  readonly domain: string;
  readonly username: string;
  readonly password: string;
  /** How requests get there, if not to 127.0.0.1 as they are. */
  readonly fetch?: typeof fetchFrom;
}

export class BoshSession {
  private readonly url: string;
  private readonly domain: string;
  private readonly fetch: typeof fetchFrom;
  private request = randomInt(1_000_000);
  private sid = "";
  /** All that came and was not asked for yet. */
  private unread = "";

  private constructor({ url, domain, fetch = fetchFrom }: BoshLogin) {
    this.url = url;
    this.domain = domain;
    this.fetch = fetch;
  }

  /** Logs in with SCRAM-SHA-256 and binds a resource. @throws with what the server said instead */
  static async open(login: BoshLogin): Promise<BoshSession> {
    const session = new BoshSession(login);
    const created = await session.post("", `to='${login.domain}' wait='1' hold='1' ver='1.6' xmpp:version='1.0'`);
    session.sid = /<body[^>]* sid=['"]([^'"]+)/.exec(created)![1]!;
    await session.until(/SCRAM-SHA-256</);
    const scram = new ScramSha256();
    const first = Buffer.from(scram.response(login)).toString("base64");
    const [, challenge = ""] = await session.answer(`<auth ${sasl} mechanism='SCRAM-SHA-256'>${first}</auth>`, /<challenge[^>]*>([^<]*)</);
    scram.challenge(Buffer.from(challenge, "base64").toString());
    await session.answer(`<response ${sasl}>${Buffer.from(scram.response(login)).toString("base64")}</response>`, /<success/);
    await session.post("", `xmpp:restart='true' to='${login.domain}'`);
    await session.until(/<bind /);
    await session.answer("<iq xmlns='jabber:client' type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>", /<jid>([^<]+)/);
    return session;
  }

  /** Sends stanzas (with their namespace) and returns what matches in what comes. */
  async answer(stanzas: string, pattern: RegExp): Promise<RegExpExecArray> {
    await this.send(stanzas);
    return this.until(pattern);
  }

  /** Polls until something matches. @throws with all that came when it does not, when the login failed, or the session has ended */
  async until(pattern: RegExp): Promise<RegExpExecArray> {
    for (const end = Date.now() + 60_000; Date.now() < end; ) {
      const refused = /<failure.*?<\/failure>/.exec(this.unread);
      if (refused) throw new Error(`${this.domain} refuses: ${refused[0]}`);
      const found = pattern.exec(this.unread);
      if (found) {
        this.unread = this.unread.slice(found.index + found[0].length);
        return found;
      }
      await this.post("");
    }
    throw new Error(`${String(pattern)} did not come: ${this.unread}`);
  }

  async send(stanzas: string): Promise<void> {
    await this.post(stanzas);
  }

  async close(): Promise<void> {
    await this.post("<presence xmlns='jabber:client' type='unavailable'/>", "type='terminate'");
  }

  private async post(content: string, attributes = ""): Promise<string> {
    const session = this.sid === "" ? "" : `sid='${this.sid}'`;
    const body = `<body ${namespaces} rid='${this.request++}' ${session} ${attributes}>${content}</body>`;
    const { status, body: answer } = await this.fetch(this.url, { method: "POST", headers: { "content-type": "text/xml; charset=utf-8" } }, Buffer.from(body));
    const text = answer.toString();
    const ended = /^<body[^>]* type=['"]terminate/.test(text) && !attributes.includes("terminate");
    if (status !== 200 || ended) throw new Error(`${this.domain} ended the session (${status}): ${text}`);
    this.unread += text;
    return text;
  }
}
