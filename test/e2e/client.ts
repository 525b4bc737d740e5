// Sessions of @xmpp/client: what was received is kept until somebody asks for it.
import { type Client, type Element, xml } from "@xmpp/client";
import { type Login, goOnline, xmppClient } from "../../ops/xmpp-client.ts";

const patience = 10_000;

const opened = new Set<Session>();

export class Session {
  readonly entity: Client;
  /** Whether the connection was ever lost. */
  disconnected = false;
  private readonly received: Element[] = [];
  private readonly waiting: { match: (stanza: Element) => boolean; resolve: (stanza: Element) => void }[] = [];

  private constructor(entity: Client) {
    this.entity = entity;
    entity.on("error", () => undefined); // a lost connection is what `disconnected` is for
    entity.on("disconnect", () => (this.disconnected = true));
    entity.on("stanza", (stanza: Element) => {
      const index = this.waiting.findIndex(({ match }) => match(stanza));
      if (index < 0) this.received.push(stanza);
      else this.waiting.splice(index, 1)[0]!.resolve(stanza);
    });
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
    return this.entity.iqCaller.request(xml("iq", { type, to }, payload), patience);
  }

  /** The first stanza that matches, whether it came already or is still to come. */
  async next(what: string, match: (stanza: Element) => boolean): Promise<Element> {
    const index = this.received.findIndex(match);
    if (index >= 0) return this.received.splice(index, 1)[0]!;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${this.jid} did not receive within ${patience / 1000} s: ${what}`)), patience);
      this.waiting.push({ match, resolve: (stanza) => (clearTimeout(timer), resolve(stanza)) });
    });
  }

  /** The message with that text. */
  message(body: string): Promise<Element> {
    return this.next(`"${body}"`, (stanza) => stanza.is("message") && stanza.getChildText("body") === body);
  }

  /** What an archive says about the messages with that text (XEP-0313): their ids. */
  async archived(body: string, archive?: string): Promise<string[]> {
    const queryid = `q${Math.random()}`;
    const results: Element[] = [];
    const collect = (stanza: Element) => {
      const result = stanza.getChild("result", "urn:xmpp:mam:2");
      if (result?.attrs.queryid === queryid) results.push(result);
    };
    this.entity.on("stanza", collect);
    const fin = await this.request("set", xml("query", { xmlns: "urn:xmpp:mam:2", queryid }), archive);
    this.entity.off("stanza", collect);
    if (fin.getChild("fin", "urn:xmpp:mam:2")?.attrs.complete !== "true") throw new Error("the archive has more than one page");
    const bodyOf = (result: Element) => result.getChild("forwarded", "urn:xmpp:forward:0")?.getChild("message")?.getChildText("body");
    return results.filter((result) => bodyOf(result) === body).map((result) => result.attrs.id!);
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

/** The archive's id of a message as it was delivered (XEP-0359). */
export function stanzaId(message: Element): string | undefined {
  return message.getChild("stanza-id", "urn:xmpp:sid:0")?.attrs.id;
}
