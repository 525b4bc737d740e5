// Sessions of @xmpp/client: what was received is kept until somebody asks for it.
import { setTimeout as after } from "node:timers/promises";
import { type Client, type Element, xml } from "@xmpp/client";
import { type Login, goOnline, xmppClient } from "../../ops/xmpp-client.ts";
import { Inbox } from "./inbox.ts";

const patience = 60_000;

const opened = new Set<Session>();

export interface ArchiveQuery {
  /** Which messages: `with`, `start`, `end`. */
  readonly filters?: Readonly<Record<string, string>>;
  /** Which of their pages; `before: ""` is the last one. */
  readonly page?: { readonly max?: number; readonly after?: string; readonly before?: string };
}

export interface ArchivePage {
  /** Whether there is no further page in this direction. */
  readonly complete: boolean;
  readonly first: string | undefined;
  readonly last: string | undefined;
  /** Of all pages. */
  readonly count: number;
  /** In the order in which they came. */
  readonly messages: readonly { readonly id: string; readonly stamp: string; readonly body: string | null; readonly stanza: Element }[];
}

export class Session {
  readonly entity: Client;
  /** Whether the connection was ever lost. */
  disconnected = false;
  private readonly inbox = new Inbox();

  private constructor(entity: Client) {
    this.entity = entity;
    entity.on("error", () => undefined); // a lost connection is what `disconnected` is for
    entity.on("disconnect", () => (this.disconnected = true));
    entity.on("stanza", (stanza: Element) => this.inbox.add(stanza));
  }

  /** Logs in. It comes back after a lost connection only if `reconnect` is set. */
  static async open(login: Login, { reconnect = false } = {}): Promise<Session> {
    const entity = xmppClient(login);
    if (!reconnect) entity.reconnect.stop();
    const session = new Session(entity);
    opened.add(session);
    await goOnline(entity, login);
    return session;
  }

  get jid(): string {
    return this.entity.jid!.toString();
  }

  get bare(): string {
    return this.entity.jid!.bare().toString();
  }

  send(stanza: Element): Promise<void> {
    return this.entity.send(stanza);
  }

  /** The answer to a request. @throws for an error */
  request(type: "get" | "set", payload: Element, to?: string): Promise<Element> {
    const { iqCaller } = this.entity;
    const iq = xml("iq", { type, to }, payload);
    const answer = iqCaller.request(iq, patience);
    // The library awaits the write first: an error that comes before its end would be a rejection that nobody handles.
    iqCaller.handlers.get(iq.attrs.id!)!.promise.catch(() => undefined);
    return answer;
  }

  /** The first stanza that matches, whether it came already or is still to come. */
  next(what: string, match: (stanza: Element) => boolean): Promise<Element> {
    return this.inbox.next(`${what}, for ${this.jid}`, match);
  }

  /** The message with that text. */
  message(body: string): Promise<Element> {
    return this.next(`"${body}"`, (stanza) => stanza.is("message") && stanza.getChildText("body") === body);
  }

  /** What came already, matches, and nobody has asked for; it is kept no longer. */
  take(match: (stanza: Element) => boolean): Element[] {
    return this.inbox.take(match);
  }

  /** One page of an archive (XEP-0313, XEP-0059): one's own, or a room's. */
  async archivePage({ filters = {}, page = {} }: ArchiveQuery = {}, archive?: string): Promise<ArchivePage> {
    const queryid = `q${Math.random()}`;
    const form = Object.keys(filters).length === 0 ? undefined : submission("urn:xmpp:mam:2", filters);
    const set = xml("set", { xmlns: "http://jabber.org/protocol/rsm" }, ...Object.entries(page).map(([name, value]) => xml(name, {}, String(value))));
    const answer = await this.request("set", xml("query", { xmlns: "urn:xmpp:mam:2", queryid }, form, set), archive);
    const fin = answer.getChild("fin", "urn:xmpp:mam:2")!;
    const results = this.take((stanza) => stanza.getChild("result", "urn:xmpp:mam:2")?.attrs.queryid === queryid);
    return {
      complete: fin.attrs.complete === "true",
      first: fin.getChild("set")?.getChildText("first") ?? undefined,
      last: fin.getChild("set")?.getChildText("last") ?? undefined,
      count: Number(fin.getChild("set")?.getChildText("count")),
      messages: results.map((stanza) => {
        const result = stanza.getChild("result")!;
        const forwarded = result.getChild("forwarded", "urn:xmpp:forward:0")!;
        const message = forwarded.getChild("message")!;
        return { id: result.attrs.id!, stamp: forwarded.getChild("delay", "urn:xmpp:delay")!.attrs.stamp!, body: message.getChildText("body"), stanza: message };
      }),
    };
  }

  /** What an archive says about the messages with that text: their ids. */
  async archived(body: string, archive?: string): Promise<string[]> {
    const { complete, messages } = await this.archivePage({}, archive);
    if (!complete) throw new Error("the archive has more than one page");
    return messages.filter((message) => message.body === body).map(({ id }) => id);
  }

  /** Whether the server answers on this very session. */
  async ping(): Promise<boolean> {
    const answer = await this.request("get", xml("ping", { xmlns: "urn:xmpp:ping" }));
    return answer.attrs.type === "result" && !this.disconnected;
  }

  /** The connection goes away without a word. */
  cut(): void {
    (this.entity.socket as { socket: { destroy(): void } }).socket.destroy();
  }

  async close(): Promise<void> {
    opened.delete(this);
    this.entity.reconnect.stop();
    await this.entity.stop();
  }

  /** Closes what tests have left open, connected or not. */
  static async closeAll(): Promise<void> {
    await Promise.allSettled([...opened].map((session) => session.close()));
  }
}

/** A form that is sent in (XEP-0004). */
export function submission(type: string, fields: Readonly<Record<string, string>>): Element {
  const field = (name: string, value: string, attrs = {}) => xml("field", { var: name, ...attrs }, xml("value", {}, value));
  return xml("x", { xmlns: "jabber:x:data", type: "submit" }, field("FORM_TYPE", type, { type: "hidden" }), ...Object.entries(fields).map(([name, value]) => field(name, value)));
}

/** Until the clock shows another second: the archives' filters by time know nothing finer (docs/not-possible.md). */
export async function nextSecond(): Promise<void> {
  const second = () => Math.floor(Date.now() / 1000);
  for (const now = second(); second() === now; ) await after(20);
}

/** The archive's id of a message as it was delivered (XEP-0359). */
export function stanzaId(message: Element): string | undefined {
  return message.getChild("stanza-id", "urn:xmpp:sid:0")?.attrs.id;
}
