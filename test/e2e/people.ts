// Accounts of a test stack's domain, and how they come online.
import { xml } from "@xmpp/client";
import type { Login } from "../../ops/xmpp-client.ts";
import { Session } from "./client.ts";
import type { TestStack } from "./stack.ts";

export const domain = "one.test";

export class People {
  readonly password = "correct horse battery";
  private readonly stack: TestStack;

  constructor(stack: TestStack) {
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

  /** A session that has sent its presence, and seen it come back. */
  async online(name: string, resource?: string): Promise<Session> {
    const session = await Session.open(this.login(name, resource));
    await session.send(xml("presence"));
    await session.next("its own presence", (stanza) => stanza.is("presence") && stanza.attrs.from === session.jid);
    return session;
  }
}
