// A program of others that serves a host of its own, connected to Prosody (XEP-0114).
import { createHash } from "node:crypto";
import { once } from "node:events";
import { type Socket, connect } from "node:net";
import { type Element, xml } from "@xmpp/client";
import { dockerOutput } from "../image/docker.ts";
import { Inbox } from "./inbox.ts";
import type { TestStack } from "./stack.ts";

/** What lets a component in, as the setting `overrides` takes it; its secret is `secrets.<secret>` of the settings. */
export function componentOverrides(jid: string, secret: string): string {
  return `
    component_ports = { 5347 }
    component_interfaces = { "*" }
    Component "${jid}"
    component_secret = FileLine("secrets/${secret}")
  `;
}

export class Component {
  readonly inbox = new Inbox();
  readonly jid: string;
  private readonly socket: Socket;

  private constructor(socket: Socket, jid: string) {
    this.socket = socket;
    this.jid = jid;
  }

  /** The port for components is not published: only what is on a network of the stack gets there. @throws as `connect` does */
  static async connectTo(stack: TestStack, jid: string, secret: string): Promise<Component> {
    const address = await dockerOutput(["inspect", "--format", `{{(index .NetworkSettings.Networks "${stack.namespace}-front").IPAddress}}`, stack.container]);
    return Component.connect(address.trim(), jid, secret);
  }

  /** @throws when the secret is not taken */
  static async connect(host: string, jid: string, secret: string): Promise<Component> {
    const socket = connect({ host, port: 5347 }).setEncoding("utf8");
    socket.on("error", () => undefined); // what is waited for does not come
    await once(socket, "connect");
    const component = new Component(socket, jid);
    const parser = new xml.Parser();
    socket.on("data", (text: string) => parser.write(text));
    parser.on("element", (element: Element) => component.inbox.add(element));
    socket.write(`<stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' to='${jid}'>`);
    const [header] = (await once(parser, "start")) as [Element];
    component.send(xml("handshake", {}, createHash("sha1").update(header.attrs.id + secret).digest("hex")));
    const answer = await component.inbox.next("the answer to the handshake", ({ name }) => name === "handshake" || name === "stream:error");
    if (answer.name !== "handshake") throw new Error(answer.toString());
    return component;
  }

  send(stanza: Element): void {
    this.socket.write(stanza.toString());
  }

  close(): void {
    this.socket.destroy();
  }
}
