// XMPP streams byte by byte, for what a client library would never do or show.
import { once } from "node:events";
import { type Socket, connect as connectPlain } from "node:net";
import { type ConnectionOptions, type PeerCertificate, type TLSSocket, connect as connectTls } from "node:tls";
import { ScramSha256 } from "../../ops/scram-sha-256.ts";

const patience = 60_000;
const sasl = "urn:ietf:params:xml:ns:xmpp-sasl";

/** A login with SASL PLAIN. */
export function saslPlain(username: string, password: string): string {
  const response = Buffer.from(`\0${username}\0${password}`).toString("base64");
  return `<auth xmlns='${sasl}' mechanism='PLAIN'>${response}</auth>`;
}

export class Stream {
  readonly socket: Socket;
  private readonly domain: string;
  private readonly namespace: string;
  private unread = "";
  private ended = false;

  private constructor(socket: Socket, domain: string, namespace: string) {
    this.socket = socket;
    this.domain = domain;
    this.namespace = namespace;
    socket.on("data", (chunk: Buffer) => (this.unread += chunk.toString()));
    socket.on("error", () => undefined); // "close" follows
    socket.on("close", () => (this.ended = true));
  }

  /** A stream without TLS. */
  static async plain(port: number, domain: string, namespace = "jabber:client", host = "127.0.0.1"): Promise<Stream> {
    const socket = connectPlain({ host, port });
    await once(socket, "connect");
    return new Stream(socket, domain, namespace);
  }

  /** A connection that begins with TLS, its certificate checked for `domain`. @throws what TLS finds wrong */
  static async directTls(port: number, domain: string, protocol = "xmpp-client", options: ConnectionOptions = {}): Promise<Stream> {
    const socket = connectTls({ host: "127.0.0.1", port, servername: domain, ALPNProtocols: [protocol], ...options });
    await once(socket, "secureConnect");
    return new Stream(socket, domain, protocol === "xmpp-server" ? "jabber:server" : "jabber:client");
  }

  /** The connection once STARTTLS has been granted: what is sent next is TLS. */
  async proceed(): Promise<Socket> {
    await this.open();
    await this.answer("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>", /<proceed/);
    this.socket.removeAllListeners("data");
    return this.socket;
  }

  /** The same stream after STARTTLS. @throws what TLS finds wrong */
  async startTls(options: ConnectionOptions = {}): Promise<Stream> {
    const socket = connectTls({ socket: await this.proceed(), servername: this.domain, ...options });
    await once(socket, "secureConnect");
    return new Stream(socket, this.domain, this.namespace);
  }

  /** Opens the stream, as nobody yet or as `from` (a user's JID, a server's domain), and returns its features, or what came instead of them. */
  open(from?: string): Promise<string> {
    const sender = from === undefined ? "" : ` from='${from}'`;
    const header = `<?xml version='1.0'?><stream:stream xmlns='${this.namespace}' xmlns:stream='http://etherx.jabber.org/streams' to='${this.domain}'${sender} version='1.0'>`;
    return this.answer(header, /<\/stream:features>|<stream:features\/>|<\/stream:error>/);
  }

  /** A login on an open stream (RFC 6120 section 6): what the server said to the proof of the password, or before. */
  async authenticate(mechanism: string, scram: ScramSha256, credentials: { readonly username: string; readonly password: string }): Promise<string> {
    const encoded = () => Buffer.from(scram.response(credentials)).toString("base64");
    const challenge = await this.answer(`<auth xmlns='${sasl}' mechanism='${mechanism}'>${encoded()}</auth>`, /<\/challenge>|<\/failure>/);
    const text = /<challenge[^>]*>([^<]+)/.exec(challenge)?.[1];
    if (text === undefined) return challenge;
    scram.challenge(Buffer.from(text, "base64").toString());
    return this.answer(`<response xmlns='${sasl}'>${encoded()}</response>`, /<\/success>|<success[^>]*\/>|<\/failure>/);
  }

  /** From the first byte to a bound resource (RFC 6120 section 7), without anything that came after that RFC. */
  async logIn(username: string, password: string, resource: string): Promise<void> {
    await this.open();
    const outcome = await this.authenticate("SCRAM-SHA-256", new ScramSha256(), { username, password });
    if (!outcome.startsWith("<success")) throw new Error(outcome);
    await this.open();
    await this.answer(`<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>${resource}</resource></bind></iq>`, /<\/iq>/);
  }

  /** Sends, and returns what came from then on until a pattern was seen. @throws when the stream ends before, or in the end */
  async answer(text: string, until: RegExp): Promise<string> {
    this.unread = "";
    this.socket.write(text);
    return this.until(until);
  }

  /** What came since the last answer, until a pattern was seen. @throws as `answer` does */
  async until(pattern: RegExp): Promise<string> {
    const deadline = Date.now() + patience;
    while (!pattern.test(this.unread)) {
      if (this.ended || Date.now() > deadline) throw new Error(`${this.ended ? "the stream ended" : "nothing came"}, expected ${String(pattern)}: ${this.unread}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return this.unread;
  }

  /** The server's certificate; the last of its chain that it or we have. */
  get certificate(): { readonly own: PeerCertificate; readonly root: PeerCertificate } {
    const own = (this.socket as TLSSocket).getPeerCertificate(true);
    let root: PeerCertificate = own;
    for (let next = own.issuerCertificate; next && next.fingerprint256 !== root.fingerprint256; next = next.issuerCertificate) root = next;
    return { own, root };
  }

  close(): void {
    this.socket.destroy();
  }
}

/** Serial number of the certificate that a port shows to a client of the domain. */
export async function serialNumber(port: number, domain: string, options: ConnectionOptions = {}): Promise<string> {
  const stream = await (await Stream.plain(port, domain)).startTls(options);
  const { serialNumber: serial } = stream.certificate.own;
  stream.close();
  return serial;
}
