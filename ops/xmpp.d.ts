// @xmpp/client comes without types; these are the parts that this project uses.
declare module "@xmpp/client" {
  import type { EventEmitter } from "node:events";

  export interface Element {
    readonly name: string;
    readonly attrs: Record<string, string>;
    is(name: string, xmlns?: string): boolean;
    getChild(name: string, xmlns?: string): Element | undefined;
    getChildren(name: string, xmlns?: string): Element[];
    getChildElements(): Element[];
    getChildText(name: string, xmlns?: string): string | null;
    text(): string;
    toString(): string;
  }
  export type Node = Element | string | undefined;
  export function xml(name: string, attrs?: Record<string, string | undefined>, ...children: (Node | Node[])[]): Element;
  export namespace xml {
    /** Emits `start` with the stream's header and `element` for each of its children. */
    class Parser extends EventEmitter {
      write(text: string): void;
    }
  }

  export interface FastToken {
    readonly mechanism: string;
    readonly token: string;
    readonly expiry: string;
  }

  export interface Client extends EventEmitter {
    readonly status: string;
    readonly jid?: { toString(): string; bare(): { toString(): string } };
    readonly socket?: unknown;
    readonly reconnect: { start(): void; stop(): void };
    readonly iqCallee: { get(xmlns: string, name: string, answer: () => Element): void };
    readonly iqCaller: { readonly handlers: ReadonlyMap<string, { readonly promise: Promise<Element> }>; request(iq: Element, timeout?: number): Promise<Element> };
    /** Fast re-login (XEP-0484): where its token is kept, by default in memory only. */
    readonly fast: { saveToken(token: FastToken): Promise<void>; fetchToken(): Promise<FastToken | undefined> };
    readonly saslFactory: { use(name: string, mechanism: unknown): void };
    readonly streamManagement: EventEmitter & { id: string; enabled: boolean };
    socketParameters(service: string): object;
    connect(service: string): Promise<unknown>;
    open(options: { readonly domain: string }): Promise<unknown>;
    start(): Promise<unknown>;
    stop(): Promise<unknown>;
    disconnect(timeout?: number): Promise<unknown>;
    send(element: Element): Promise<void>;
  }
  export function client(options: Record<string, unknown>): Client;
}
