// Certificates for the tests to give to the stack: EC P-256, self-signed or of an authority that is forgotten at once.
import { type KeyObject, X509Certificate, generateKeyPairSync, webcrypto } from "node:crypto";
import { writeFileSync } from "node:fs";
import "reflect-metadata"; // @peculiar/x509 needs it to be there first
import * as x509 from "@peculiar/x509";
import { componentLabels } from "../../settings/hosts.ts";

export interface Pair {
  /** With the certificate of its authority after it, if it has one. */
  readonly certificate: string;
  readonly key: string;
}

const day = 86_400_000;
const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

/** The domain and its components, as a certificate has to name them. */
export function namesBelow(domain: string): string[] {
  return [domain, ...Object.values(componentLabels).map((label) => `${label}.${domain}`)];
}

/** A certificate for these names (ASCII), valid from and to so many days from now. The first is its common name. */
export async function pair(names: readonly string[], { from = -1, to = 30, alternatives = names, authority = false } = {}): Promise<Pair> {
  x509.cryptoProvider.set(webcrypto);
  const validity = { notBefore: new Date(Date.now() + from * day), notAfter: new Date(Date.now() + to * day) };
  const [own, issuing] = [await newKeys(), await newKeys()];
  const subject = `CN=${names[0]}`;
  const issuer = authority ? "CN=An authority" : subject;
  const certificate = await x509.X509CertificateGenerator.create({
    ...validity,
    subject,
    issuer,
    publicKey: own.publicKey,
    signingKey: (authority ? issuing : own).privateKey,
    signingAlgorithm: algorithm,
    extensions: [new x509.SubjectAlternativeNameExtension(alternatives.map((value) => ({ type: "dns", value })))],
  });
  const chain = [certificate];
  if (authority) chain.push(await x509.X509CertificateGenerator.createSelfSigned({ ...validity, name: issuer, keys: issuing, signingAlgorithm: algorithm, extensions: [new x509.BasicConstraintsExtension(true, undefined, true)] }));
  return { certificate: chain.map((one) => `${one.toString("pem")}\n`).join(""), key: own.pem };
}

/** Its serial number, as Node's TLS gives that of a port's certificate. */
export function serialOf({ certificate }: Pair): string {
  return new X509Certificate(certificate).serialNumber;
}

/** Puts a pair where the settings name its files. */
export function writePair({ certificate, key }: Pair, files: { readonly certificate: string; readonly key: string }): void {
  writeFileSync(files.certificate, certificate);
  writeFileSync(files.key, key, { mode: 0o600 });
}

async function newKeys(): Promise<{ publicKey: webcrypto.CryptoKey; privateKey: webcrypto.CryptoKey; pem: string }> {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return {
    publicKey: await imported(publicKey, "spki", "verify"),
    privateKey: await imported(privateKey, "pkcs8", "sign"),
    pem: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

function imported(key: KeyObject, type: "pkcs8" | "spki", usage: "sign" | "verify"): Promise<webcrypto.CryptoKey> {
  return webcrypto.subtle.importKey(type, key.export({ type, format: "der" } as { type: "spki"; format: "der" }), algorithm, true, [usage]);
}
