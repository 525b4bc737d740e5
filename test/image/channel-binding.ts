// A login that is bound to its TLS channel, which a man in the middle could not pass on (RFC 5802, RFC 9266).
import { createHash, createHmac, pbkdf2Sync, randomBytes } from "node:crypto";
import type { TLSSocket } from "node:tls";
import type { Stream } from "../e2e/stream.ts";

const base64 = (bytes: string | Buffer) => Buffer.from(bytes).toString("base64");
const hmac = (key: Buffer, message: string) => createHmac("sha256", key).update(message).digest();
const namespace = "xmlns='urn:ietf:params:xml:ns:xmpp-sasl'";

/** Logs in on an open stream of TLS 1.3 with SCRAM-SHA-256-PLUS, and returns the server's last answer. */
export async function boundLogin(stream: Stream, username: string, password: string): Promise<string> {
  const header = "p=tls-exporter,,";
  const binding = (stream.socket as TLSSocket).exportKeyingMaterial(32, "EXPORTER-Channel-Binding", Buffer.alloc(0));
  const first = `n=${username},r=${randomBytes(12).toString("hex")}`;
  const auth = `<auth ${namespace} mechanism='SCRAM-SHA-256-PLUS'>${base64(header + first)}</auth>`;
  const answer = await stream.answer(auth, /<\/challenge>|<\/failure>/);
  const challenge = Buffer.from(/<challenge[^>]*>([^<]*)/.exec(answer)?.[1] ?? "", "base64").toString();
  const [, nonce = "", salt = "", rounds = ""] = /^r=([^,]*),s=([^,]*),i=(\d+)/.exec(challenge) ?? [];

  const salted = pbkdf2Sync(password, Buffer.from(salt, "base64"), Number(rounds), 32, "sha256");
  const key = hmac(salted, "Client Key");
  const withoutProof = `c=${base64(Buffer.concat([Buffer.from(header), binding]))},r=${nonce}`;
  const signature = hmac(createHash("sha256").update(key).digest(), `${first},${challenge},${withoutProof}`);
  const proof = base64(key.map((byte, index) => byte ^ signature[index]!) as Buffer);
  return stream.answer(`<response ${namespace}>${base64(`${withoutProof},p=${proof}`)}</response>`, /<success|<\/failure>/);
}
