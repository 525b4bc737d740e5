// Stanzas as they come, kept until somebody asks for them.
import type { Element } from "@xmpp/client";

const patience = 60_000;

export class Inbox {
  private readonly received: Element[] = [];
  private readonly waiting: { match: (stanza: Element) => boolean; resolve: (stanza: Element) => void }[] = [];

  add(stanza: Element): void {
    const index = this.waiting.findIndex(({ match }) => match(stanza));
    if (index < 0) this.received.push(stanza);
    else this.waiting.splice(index, 1)[0]!.resolve(stanza);
  }

  /** The first stanza that matches, whether it came already or is still to come. @throws after 10 s */
  async next(what: string, match: (stanza: Element) => boolean): Promise<Element> {
    const index = this.received.findIndex(match);
    if (index >= 0) return this.received.splice(index, 1)[0]!;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`nothing came within ${patience / 1000} s: ${what}`)), patience);
      this.waiting.push({ match, resolve: (stanza) => (clearTimeout(timer), resolve(stanza)) });
    });
  }

  /** What came already, matches, and nobody has asked for; it is kept no longer. */
  take(match: (stanza: Element) => boolean): Element[] {
    const taken = this.received.filter(match);
    for (const stanza of taken) this.received.splice(this.received.indexOf(stanza), 1);
    return taken;
  }
}
