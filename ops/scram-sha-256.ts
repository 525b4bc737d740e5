// SCRAM-SHA-256 for @xmpp/client, which brings SCRAM-SHA-1 only; our servers store SHA-256 (RFC 5802, RFC 7677).
import { createHash, createHmac, pbkdf2Sync, randomBytes, timingSafeEqual } from "node:crypto";

interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** The TLS channel that a login is bound to, so that nobody can sit in the middle (RFC 5929, RFC 9266). */
export interface ChannelBinding {
  readonly type: "tls-exporter" | "tls-unique";
  readonly data: Uint8Array;
}

/** A SASL mechanism in the interface of `saslmechanisms`; with a channel binding it is SCRAM-SHA-256-PLUS. */
export class ScramSha256 {
  readonly name = "SCRAM-SHA-256";
  readonly clientFirst = true;
  private readonly nonce = randomBytes(18).toString("base64");
  private readonly gs2Header: string;
  private readonly bindingData: Uint8Array;
  private challengeText: string | undefined;
  private serverSignature: Buffer | undefined;

  constructor(binding?: ChannelBinding) {
    this.gs2Header = binding ? `p=${binding.type},,` : "n,,";
    this.bindingData = binding?.data ?? new Uint8Array();
  }

  response({ username, password }: Credentials): string {
    const first = `n=${username.replaceAll("=", "=3D").replaceAll(",", "=2C")},r=${this.nonce}`;
    if (this.challengeText === undefined) return `${this.gs2Header}${first}`;

    const { r: nonce = "", s: salt = "", i: rounds = "" } = attributes(this.challengeText);
    if (!nonce.startsWith(this.nonce) || nonce === this.nonce) throw new Error("SCRAM: the server's nonce does not continue ours");
    const salted = pbkdf2Sync(password.normalize("NFKC"), Buffer.from(salt, "base64"), Number(rounds), 32, "sha256");
    const clientKey = hmac(salted, "Client Key");
    const withoutProof = `c=${Buffer.concat([Buffer.from(this.gs2Header), this.bindingData]).toString("base64")},r=${nonce}`;
    const message = `${first},${this.challengeText},${withoutProof}`;
    const signature = hmac(createHash("sha256").update(clientKey).digest(), message);
    this.serverSignature = hmac(hmac(salted, "Server Key"), message);
    return `${withoutProof},p=${Buffer.from(clientKey.map((byte, index) => byte ^ signature[index]!)).toString("base64")}`;
  }

  challenge(text: string): void {
    this.challengeText = text;
  }

  /** The server's proof that it knows the password too (SASL2 hands it over; RFC 6120's success does not reach here). */
  final(text: string): void {
    const given = Buffer.from(attributes(text).v ?? "", "base64");
    if (!this.serverSignature || given.length !== this.serverSignature.length || !timingSafeEqual(given, this.serverSignature)) {
      throw new Error("SCRAM: the server does not know the password");
    }
  }
}
Object.defineProperty(ScramSha256.prototype, "name", { value: "SCRAM-SHA-256" });

function hmac(key: Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}

function attributes(text: string): Record<string, string> {
  return Object.fromEntries(text.split(",").map((part) => [part.slice(0, 1), part.slice(2)]));
}
