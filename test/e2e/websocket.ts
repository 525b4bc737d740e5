// A stream over WebSocket (RFC 7395) frame by frame, with headers of the test's own and what no library shows.
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { request } from "node:https";
import type { Duplex } from "node:stream";

/** Where to connect to, and the name that is asked for there. */
export interface Site {
  readonly host: string;
  readonly port: number;
  readonly domain: string;
}

export class WebSocketStream {
  readonly socket: Duplex;
  private unread = Buffer.alloc(0);

  private constructor(socket: Duplex) {
    this.socket = socket;
    socket.on("error", () => undefined); // "close" follows
    socket.on("data", (chunk: Buffer) => (this.unread = Buffer.concat([this.unread, chunk])));
  }

  /** @throws when the server does not switch to WebSocket */
  static async open({ host, port, domain }: Site, headers: Readonly<Record<string, string>> = {}): Promise<WebSocketStream> {
    const sent = request({
      host, port, servername: domain, agent: false, path: "/xmpp-websocket",
      headers: { host: `${domain}:${port}`, connection: "Upgrade", upgrade: "websocket", "sec-websocket-version": "13", "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==", "sec-websocket-protocol": "xmpp", ...headers },
    });
    sent.end();
    sent.on("response", (answer) => sent.destroy(new Error(`the answer is ${answer.statusCode}, expected a switch to WebSocket`)));
    const [, socket] = (await once(sent, "upgrade")) as [IncomingMessage, Duplex];
    const stream = new WebSocketStream(socket);
    await stream.answer(`<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='${domain}' version='1.0'/>`, /<\/stream:features>/);
    return stream;
  }

  /** Sends a text frame, and returns what came until a pattern was seen. @throws when it does not come */
  async answer(text: string, until: RegExp): Promise<string> {
    const payload = Buffer.from(text);
    const length = payload.length < 126 ? [0x80 | payload.length] : [0x80 | 126, payload.length >> 8, payload.length & 0xff];
    this.unread = Buffer.alloc(0);
    this.socket.write(Buffer.concat([Buffer.from([0x81, ...length, 0, 0, 0, 0]), payload])); // masked, with a mask of zeros
    return this.received(until);
  }

  /** What came since the last question, once it has a pattern. Frames are seen as they are, their bytes as characters. */
  async received(pattern: RegExp): Promise<string> {
    const signal = AbortSignal.timeout(60_000);
    for (;;) {
      const text = this.unread.toString("latin1");
      if (pattern.test(text)) return text;
      if (this.socket.destroyed) throw new Error(`the WebSocket ended, expected ${String(pattern)}: ${text}`);
      await Promise.race([once(this.socket, "data", { signal }), once(this.socket, "close", { signal })]);
    }
  }

  close(): void {
    this.socket.destroy();
  }
}
