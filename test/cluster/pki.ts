// Certificates of the cluster's parts. The two authorities and the key of service accounts are kept with the cluster's
// state; everything that they sign is made anew at each start, for today's addresses, and so never runs out.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createPrivateKey, createPublicKey, generateKeyPairSync, webcrypto } from "node:crypto";
import "reflect-metadata"; // @peculiar/x509 needs it to be there first
import * as x509 from "@peculiar/x509";
import { places } from "./places.ts";

x509.cryptoProvider.set(webcrypto);

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const tenYears = 3650 * 86_400_000;

export interface Identity {
  /** Common name, which is a client's user name. */
  readonly name: string;
  /** A client's group. */
  readonly group?: string;
  /** Names and addresses of a server; without any it is a client only. */
  readonly names?: readonly string[];
  readonly addresses?: readonly string[];
}

export interface Issued {
  readonly certificate: string;
  readonly key: string;
}

export class Authority {
  readonly certificate: string;
  private readonly key: webcrypto.CryptoKey;

  private constructor(certificate: string, key: webcrypto.CryptoKey) {
    this.certificate = certificate;
    this.key = key;
  }

  /** The authority of that name, made when there is none; its files are `<name>.crt` and `<name>.key`. */
  static async open(name: string): Promise<Authority> {
    const [certificatePath, keyPath] = [pkiPath(`${name}.crt`), pkiPath(`${name}.key`)];
    if (!existsSync(certificatePath)) {
      const key = newKey();
      const keys = { privateKey: await importPrivate(key), publicKey: await importPublic(key) };
      const extensions = [
        new x509.BasicConstraintsExtension(true, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.digitalSignature, true),
      ];
      const own = await x509.X509CertificateGenerator.createSelfSigned({ ...validity(), name: `CN=prosody-stack tests ${name}`, keys, signingAlgorithm: algorithm, extensions });
      writePrivate(keyPath, key);
      writePrivate(certificatePath, `${own.toString("pem")}\n`);
    }
    return new Authority(readFileSync(certificatePath, "utf8"), await importPrivate(readFileSync(keyPath, "utf8")));
  }

  async issue({ name, group, names = [], addresses = [] }: Identity): Promise<Issued> {
    const key = newKey();
    const isServer = names.length + addresses.length > 0;
    const certificate = await x509.X509CertificateGenerator.create({
      ...validity(),
      subject: [{ CN: [name] }, ...(group === undefined ? [] : [{ O: [group] }])],
      issuer: new x509.X509Certificate(this.certificate).subject,
      publicKey: await importPublic(key),
      signingKey: this.key,
      signingAlgorithm: algorithm,
      extensions: [
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth, ...(isServer ? [x509.ExtendedKeyUsage.serverAuth] : [])]),
        ...(isServer ? [new x509.SubjectAlternativeNameExtension([...names.map((value) => ({ type: "dns" as const, value })), ...addresses.map((value) => ({ type: "ip" as const, value }))])] : []),
      ],
    });
    return { certificate: `${certificate.toString("pem")}\n`, key };
  }
}

export function pkiPath(name: string): string {
  return join(places.pki, name);
}

/** Writes a certificate and its key where the cluster's parts read them: `<file>.crt`, `<file>.key`. */
export function writeIssued(file: string, { certificate, key }: Issued): void {
  writePrivate(pkiPath(`${file}.crt`), certificate);
  writePrivate(pkiPath(`${file}.key`), key);
}

/** The key that service accounts' tokens are signed with: another one would make all tokens void. */
export function ensureServiceAccountKey(): void {
  if (existsSync(pkiPath("service-accounts.key"))) return;
  const key = newKey();
  writePrivate(pkiPath("service-accounts.pub"), createPublicKey(key).export({ type: "spki", format: "pem" }).toString());
  writePrivate(pkiPath("service-accounts.key"), key);
}

/** The directory is for root only, too. */
function writePrivate(path: string, text: string): void {
  mkdirSync(places.pki, { recursive: true, mode: 0o700 });
  writeFileSync(path, text, { mode: 0o600 });
}

function newKey(): string {
  return generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ type: "pkcs8", format: "pem" }).toString();
}

function importPrivate(pem: string): Promise<webcrypto.CryptoKey> {
  return webcrypto.subtle.importKey("pkcs8", createPrivateKey(pem).export({ type: "pkcs8", format: "der" }), algorithm, false, ["sign"]);
}

function importPublic(pem: string): Promise<webcrypto.CryptoKey> {
  return webcrypto.subtle.importKey("spki", createPublicKey(pem).export({ type: "spki", format: "der" }), algorithm, true, ["verify"]);
}

function validity(): { notBefore: Date; notAfter: Date } {
  return { notBefore: new Date(Date.now() - 3_600_000), notAfter: new Date(Date.now() + tenYears) };
}
