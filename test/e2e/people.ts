// Accounts of a test stack's domain, and how they come online.
import { type Element, xml } from "@xmpp/client";
import type { Login } from "../../ops/xmpp-client.ts";
import { Session } from "./client.ts";
import type { TestStack } from "./stack.ts";

export const domain = "one.test";

export class People {
  readonly password = "correct horse battery";
  private readonly stack: Pick<TestStack, "createAccount" | "service">;

  constructor(stack: Pick<TestStack, "createAccount" | "service">) {
    this.stack = stack;
  }

  /** Makes their accounts, on a stack that is up. */
  async create(...names: string[]): Promise<void> {
    await Promise.all(names.map((name) => this.stack.createAccount(this.jid(name), this.password)));
  }

  jid(name: string): string {
    return `${name}@${domain}`;
  }

  login(username: string, resource = "desk"): Login {
    return { service: this.stack.service(), domain, username, password: this.password, resource };
  }

  /** Two who are online get into each other's contact lists (RFC 6121 §3.1). */
  async befriend(one: Session, other: Session): Promise<void> {
    for (const session of [one, other]) await session.request("get", xml("query", { xmlns: "jabber:iq:roster" })); // who has not asked for it is told of no change
    for (const [asking, asked] of [[one, other], [other, one]] as const) {
      const from = (bare: string, type: string) => (stanza: Element) => stanza.is("presence") && stanza.attrs.type === type && stanza.attrs.from === bare;
      await asking.send(xml("presence", { to: asked.bare, type: "subscribe" }));
      await asked.next("a request", from(asking.bare, "subscribe"));
      await asked.send(xml("presence", { to: asking.bare, type: "subscribed" }));
      await asking.next("its answer", from(asked.bare, "subscribed"));
    }
  }

  /** A session that has sent its presence, and seen it come back. */
  async online(name: string, resource?: string): Promise<Session> {
    const session = await Session.open(this.login(name, resource));
    await session.send(xml("presence"));
    await session.next("its own presence", (stanza) => stanza.is("presence") && stanza.attrs.from === session.jid);
    return session;
  }
}
