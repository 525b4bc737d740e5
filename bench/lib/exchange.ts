// Two sessions, of which one sends messages to the other as fast as they arrive.
import { type Client, xml, type Element } from "@xmpp/client";
import { type Login, goOnline, xmppClient } from "../../ops/xmpp-client.ts";

export class Exchange {
  private readonly sender: Client;
  private readonly receiver: Client;

  private constructor(sender: Client, receiver: Client) {
    this.sender = sender;
    this.receiver = receiver;
  }

  /** Both of the same account and opened the same way. */
  static async open(login: Login): Promise<Exchange> {
    return new Exchange(await online(login), await online(login));
  }

  /** Delivered messages per second, with at most `outstanding` on their way. @throws when one is lost, or nothing arrives for 10 s */
  async perSecond(count: number, outstanding: number): Promise<number> {
    const { sender, receiver } = this;
    const to = receiver.jid!.toString();
    let sent = 0;
    let delivered = 0;
    const start = performance.now();
    await new Promise<void>((resolve, reject) => {
      const send = () => sender.send(xml("message", { type: "chat", to, id: `m${++sent}` }, xml("body", {}, `Message ${sent}: nothing that matters.`))).catch(reject);
      const silence = setTimeout(() => finish(() => reject(new Error(`nothing arrived for 10 s after ${delivered} of ${count} messages`))), 10_000);
      const finish = (settle: () => void) => {
        clearTimeout(silence);
        receiver.off("stanza", arrived);
        settle();
      };
      const arrived = (stanza: Element) => {
        if (!stanza.is("message")) return;
        delivered++;
        if (stanza.attrs.type === "error" || stanza.attrs.id !== `m${delivered}`) return finish(() => reject(new Error(`message ${delivered} came as ${stanza.toString()}`)));
        silence.refresh();
        if (delivered === count) finish(resolve);
        else if (sent < count) void send();
      };
      receiver.on("stanza", arrived);
      for (let i = 0; i < outstanding; i++) void send();
    });
    return (1000 * count) / (performance.now() - start);
  }

  /** Both are gone without a word: the library fails over what still comes after a goodbye. */
  cut(): void {
    for (const { socket } of [this.sender, this.receiver]) (socket as { socket: { destroy(): void } }).socket.destroy();
  }

  async close(): Promise<void> {
    await Promise.all([this.sender.stop(), this.receiver.stop()]);
  }
}

/** A session that does not come back by itself. */
export async function online(login: Login): Promise<Client> {
  const entity = xmppClient(login);
  entity.reconnect.stop();
  entity.on("error", () => undefined); // nothing arrives then
  await goOnline(entity, login);
  return entity;
}
