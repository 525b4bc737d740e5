// Messages of STUN and TURN, as far as a client of the tests needs them (RFC 8489, RFC 8656).
import { createHash, createHmac, randomBytes } from "node:crypto";
import ipaddr from "ipaddr.js";

const cookie = 0x2112a442;
const headerLength = 20;

export const methods = { binding: 0x001, allocate: 0x003, refresh: 0x004, send: 0x006, data: 0x007, createPermission: 0x008, channelBind: 0x009 } as const;
export const classes = { request: 0x000, indication: 0x010, success: 0x100, error: 0x110 } as const;
/** Of REQUESTED-ADDRESS-FAMILY, and of addresses. */
export const families = { 4: 1, 6: 2 } as const;
export const attributes = {
  username: 0x0006, messageIntegrity: 0x0008, errorCode: 0x0009, channelNumber: 0x000c, lifetime: 0x000d, peerAddress: 0x0012, data: 0x0013, realm: 0x0014,
  nonce: 0x0015, relayedAddress: 0x0016, requestedFamily: 0x0017, requestedTransport: 0x0019, mappedAddress: 0x0020,
} as const;

export interface Address {
  readonly address: string;
  readonly port: number;
}

export interface Message {
  readonly method: number;
  readonly class: number;
  readonly transaction: Buffer;
  readonly attributes: ReadonlyMap<number, Buffer>;
}

/** An attribute, the value of which may depend on the transaction that it is part of. */
export type Attribute = readonly [type: number, value: Buffer | ((transaction: Buffer) => Buffer)];

/** A message of its own transaction; with `key`, one that shows that its sender knows it. */
export function encode(method: number, kind: number, parts: readonly Attribute[], key?: Buffer): { readonly transaction: Buffer; readonly bytes: Buffer } {
  const transaction = randomBytes(12);
  const body = Buffer.concat(parts.map(([type, value]) => attribute(type, typeof value === "function" ? value(transaction) : value)));
  if (key === undefined) return { transaction, bytes: Buffer.concat([header(method | kind, body.length, transaction), body]) };
  // The hash is over a header that counts it already.
  const signed = Buffer.concat([header(method | kind, body.length + 24, transaction), body]);
  const integrity = createHmac("sha1", key).update(signed).digest();
  return { transaction, bytes: Buffer.concat([signed, attribute(attributes.messageIntegrity, integrity)]) };
}

/** The key of long-term credentials. */
export function longTermKey(username: string, realm: string, password: string): Buffer {
  return createHash("md5").update(`${username}:${realm}:${password}`).digest();
}

/** The length of the first message of a stream; undefined until that is known. */
export function lengthOf(bytes: Buffer): number | undefined {
  return bytes.length < 4 ? undefined : headerLength + bytes.readUInt16BE(2);
}

export function decode(bytes: Buffer): Message {
  const type = bytes.readUInt16BE(0);
  const found = new Map<number, Buffer>();
  for (let at = headerLength; at + 4 <= headerLength + bytes.readUInt16BE(2); ) {
    const length = bytes.readUInt16BE(at + 2);
    found.set(bytes.readUInt16BE(at), bytes.subarray(at + 4, at + 4 + length));
    at += 4 + Math.ceil(length / 4) * 4;
  }
  return { method: type & 0x3eef, class: type & 0x110, transaction: bytes.subarray(8, headerLength), attributes: found };
}

/** An address as XOR-PEER-ADDRESS and its like have it. */
export function encodeAddress({ address, port }: Address): (transaction: Buffer) => Buffer {
  const bytes = Buffer.from(ipaddr.parse(address).toByteArray());
  return (transaction) => {
    const head = Buffer.alloc(4);
    head.writeUInt8(families[bytes.length === 4 ? 4 : 6], 1);
    head.writeUInt16BE(port ^ (cookie >>> 16), 2);
    return Buffer.concat([head, masked(bytes, transaction)]);
  };
}

export function decodeAddress(bytes: Buffer, transaction: Buffer): Address {
  const address = ipaddr.fromByteArray([...masked(bytes.subarray(4), transaction)]).toString();
  return { address, port: bytes.readUInt16BE(2) ^ (cookie >>> 16) };
}

/** What translates addresses on the way is not to find these. */
function masked(address: Buffer, transaction: Buffer): Buffer {
  const mask = Buffer.alloc(4);
  mask.writeUInt32BE(cookie);
  const whole = Buffer.concat([mask, transaction]);
  return address.map((byte, index) => byte ^ whole[index]!) as Buffer;
}

/** Number and text of an ERROR-CODE. */
export function decodeError(bytes: Buffer): { readonly code: number; readonly reason: string } {
  return { code: bytes.readUInt8(2) * 100 + bytes.readUInt8(3), reason: bytes.subarray(4).toString("utf8") };
}

function header(type: number, length: number, transaction: Buffer): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt16BE(type, 0);
  bytes.writeUInt16BE(length, 2);
  bytes.writeUInt32BE(cookie, 4);
  return Buffer.concat([bytes, transaction]);
}

function attribute(type: number, value: Buffer): Buffer {
  const bytes = Buffer.alloc(4 + Math.ceil(value.length / 4) * 4);
  bytes.writeUInt16BE(type, 0);
  bytes.writeUInt16BE(value.length, 2);
  value.copy(bytes, 4);
  return bytes;
}
