// Somebody's account and message, by which it is seen that a stack still has what was entrusted to it.
import { xml } from "@xmpp/client";
import { expect } from "vitest";
import { type Login, logIn } from "../../ops/xmpp-client.ts";
import { eventually } from "../image/docker.ts";
import { Session } from "./client.ts";
import type { TestStack } from "./stack.ts";

const domain = "one.test";
const password = "password of alice";
const text = "Remember this";

export class Remembered {
  private readonly stack: Pick<TestStack, "service" | "createAccount" | "outputs">;
  /** How long it may take until she can log in again, in seconds. */
  private readonly patience: number;

  constructor(stack: Pick<TestStack, "service" | "createAccount" | "outputs">, patience = 30) {
    this.stack = stack;
    this.patience = patience;
  }

  get alice(): Login {
    return { service: this.stack.service(), domain, username: "alice", password };
  }

  /** Makes her account on a stack that is up, and has her write to the administrator. */
  async entrust(): Promise<void> {
    await this.stack.createAccount(`alice@${domain}`, password);
    const session = await Session.open(this.alice);
    await session.send(xml("message", { to: `admin@${domain}`, type: "chat" }, xml("body", {}, text)));
    expect(await session.ping()).toBe(true);
    await session.close();
  }

  /** Waits until she can log in, and sees that her message is there, and the administrator's first password. */
  async isBack(): Promise<void> {
    // On a cluster, the way in may be closed once more until the new pod's readiness has gone round.
    const loggedIn = (login: Login) => eventually(`${login.username} can log in`, () => logIn(login, 2000).then(() => true, () => false), this.patience);
    await loggedIn(this.alice);
    const session = await Session.open(this.alice);
    expect(await session.archived(text)).toHaveLength(1);
    await session.close();
    await loggedIn({ ...this.alice, username: "admin", password: this.stack.outputs.adminPassword });
  }
}
