// A TURN client: allocations, permissions, and data both ways (RFC 8656).
import { setTimeout as after } from "node:timers/promises";
import { type Address, type Attribute, type Message, attributes, classes, decode, decodeAddress, decodeError, encode, encodeAddress, families, longTermKey, methods } from "./stun-message.ts";
import type { Transport } from "./transports.ts";

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** What the server refuses, with the number that it gives. */
export class Refused extends Error {
  readonly code: number;

  constructor(code: number, reason: string) {
    super(`${code} ${reason}`);
    this.code = code;
  }
}

/** Milliseconds until a request is sent again, and in all. */
const [retransmission, patience] = [500, 8_000];

const udp = Buffer.from([17, 0, 0, 0]);

export class TurnClient {
  readonly received: { readonly from: Address; readonly data: Buffer }[] = [];
  private readonly transport: Transport;
  private readonly credentials: Credentials | undefined;
  private readonly waiting = new Map<string, (answer: Message) => void>();
  private challenge: { readonly realm: Buffer; readonly nonce: Buffer } | undefined;

  /** Without credentials it asks for everything as nobody. */
  constructor(transport: Transport, credentials?: Credentials) {
    this.transport = transport;
    this.credentials = credentials;
    transport.receive = (bytes) => this.take(decode(bytes));
  }

  /** A relay by UDP, of that version of IP; its address. @throws Refused */
  async allocate(version: 4 | 6 = 4): Promise<Address> {
    const family: readonly Attribute[] = version === 4 ? [] : [[attributes.requestedFamily, Buffer.from([families[version], 0, 0, 0])]];
    const answer = await this.request(methods.allocate, [[attributes.requestedTransport, udp], ...family]);
    return decodeAddress(answer.attributes.get(attributes.relayedAddress)!, answer.transaction);
  }

  /** Keeps the relay for another while, or lets go of it with 0 seconds. @throws Refused */
  async refresh(seconds: number): Promise<void> {
    const lifetime = Buffer.alloc(4);
    lifetime.writeUInt32BE(seconds);
    await this.request(methods.refresh, [[attributes.lifetime, lifetime]]);
  }

  /** Lets an address send to the relay, and be sent to. @throws Refused */
  async permit(peer: string): Promise<void> {
    await this.request(methods.createPermission, [[attributes.peerAddress, encodeAddress({ address: peer, port: 0 })]]);
  }

  /** The other way to a permission, with a channel to one port. @throws Refused */
  async bindChannel(peer: Address): Promise<void> {
    await this.request(methods.channelBind, [[attributes.channelNumber, Buffer.from([0x40, 0x01, 0, 0])], [attributes.peerAddress, encodeAddress(peer)]]);
  }

  /** The address that the server sees, asked for without any credentials. */
  async seenAs(): Promise<Address> {
    const answer = await this.exchange(() => encode(methods.binding, classes.request, []));
    return decodeAddress(answer.attributes.get(attributes.mappedAddress)!, answer.transaction);
  }

  send(peer: Address, data: Buffer): void {
    this.transport.send(encode(methods.send, classes.indication, [[attributes.peerAddress, encodeAddress(peer)], [attributes.data, data]]).bytes);
  }

  close(): void {
    this.transport.close();
  }

  private take(message: Message): void {
    if (message.method === methods.data && message.class === classes.indication) {
      this.received.push({ from: decodeAddress(message.attributes.get(attributes.peerAddress)!, message.transaction), data: message.attributes.get(attributes.data)! });
      return;
    }
    this.waiting.get(message.transaction.toString("hex"))?.(message);
  }

  /** Asks, and again with credentials when the server wants some, or shows a new nonce. */
  private async request(method: number, parts: readonly Attribute[]): Promise<Message> {
    for (let challenged = 0; ; challenged += 1) {
      const answer = await this.exchange(() => this.signed(method, parts));
      if (answer.class === classes.success) return answer;
      const { code, reason } = decodeError(answer.attributes.get(attributes.errorCode)!);
      const [realm, nonce] = [answer.attributes.get(attributes.realm), answer.attributes.get(attributes.nonce)];
      const first = code === 401 && this.challenge === undefined;
      if (this.credentials === undefined || challenged > 1 || !(first || code === 438) || !realm || !nonce) throw new Refused(code, reason);
      this.challenge = { realm: Buffer.from(realm), nonce: Buffer.from(nonce) };
    }
  }

  private signed(method: number, parts: readonly Attribute[]): ReturnType<typeof encode> {
    if (!this.credentials || !this.challenge) return encode(method, classes.request, parts);
    const { username, password } = this.credentials;
    const { realm, nonce } = this.challenge;
    const shown = [[attributes.username, Buffer.from(username)], [attributes.realm, realm], [attributes.nonce, nonce]] as const;
    return encode(method, classes.request, [...parts, ...shown], longTermKey(username, realm.toString(), password));
  }

  private async exchange(make: () => ReturnType<typeof encode>): Promise<Message> {
    const { transaction, bytes } = make();
    const key = transaction.toString("hex");
    const stop = new AbortController();
    try {
      const answer = new Promise<Message>((resolve) => this.waiting.set(key, resolve));
      const repeat = async (): Promise<never> => {
        for (const end = Date.now() + patience; Date.now() < end; ) {
          this.transport.send(bytes);
          await after(retransmission, undefined, { signal: stop.signal });
        }
        throw new Error(`no answer from the TURN server within ${patience} ms`);
      };
      return await Promise.race([answer, repeat()]);
    } finally {
      this.waiting.delete(key);
      stop.abort();
    }
  }
}
