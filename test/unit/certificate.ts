// Certificates for the tests to give to the stack: self-signed, EC P-256.
import { type KeyObject, generateKeyPairSync, webcrypto } from "node:crypto";
import "reflect-metadata"; // @peculiar/x509 needs it to be there first
import * as x509 from "@peculiar/x509";

export interface Pair {
  readonly certificate: string;
  readonly key: string;
}

const day = 86_400_000;
const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

/** The domain and its components, as a certificate has to name them. */
export function namesBelow(domain: string): string[] {
  return [domain, ...["conference", "upload", "pubsub", "proxy"].map((label) => `${label}.${domain}`)];
}

/** A certificate for these names (ASCII), valid from and to so many days from now. The first is its common name. */
export async function pair(names: readonly string[], { from = -1, to = 30, alternatives = names } = {}): Promise<Pair> {
  x509.cryptoProvider.set(webcrypto);
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: `CN=${names[0]}`,
    notBefore: new Date(Date.now() + from * day),
    notAfter: new Date(Date.now() + to * day),
    signingAlgorithm: algorithm,
    keys: { privateKey: await imported(privateKey, "pkcs8", "sign"), publicKey: await imported(publicKey, "spki", "verify") },
    extensions: [new x509.SubjectAlternativeNameExtension(alternatives.map((value) => ({ type: "dns", value })))],
  });
  return { certificate: `${certificate.toString("pem")}\n`, key: privateKey.export({ type: "pkcs8", format: "pem" }).toString() };
}

function imported(key: KeyObject, type: "pkcs8" | "spki", usage: "sign" | "verify"): Promise<webcrypto.CryptoKey> {
  return webcrypto.subtle.importKey(type, key.export({ type, format: "der" } as { type: "spki"; format: "der" }), algorithm, true, [usage]);
}
