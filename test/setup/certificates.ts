// Certificates for the tests to give to the stack: self-signed or of an authority of their own.
import { type KeyObject, X509Certificate, generateKeyPairSync, webcrypto } from "node:crypto";
import { writeFileSync } from "node:fs";
import { isIP } from "node:net";
import "reflect-metadata"; // @peculiar/x509 needs it to be there first
import * as x509 from "@peculiar/x509";
import { componentLabels } from "../../settings/hosts.ts";

x509.cryptoProvider.set(webcrypto);

export interface Pair {
  /** With the certificate of its authority after it, if it has one. */
  readonly certificate: string;
  readonly key: string;
}

const day = 86_400_000;
const algorithms = {
  ec: { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" },
  rsa: { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" },
} as const;

/** The domain and its components, as a certificate has to name them. */
export function namesBelow(domain: string): string[] {
  return [domain, ...Object.values(componentLabels).map((label) => `${label}.${domain}`)];
}

export interface Wanted {
  /** Valid from and to, in days from now. */
  readonly from?: number;
  readonly to?: number;
  /** Subject alternative names, if not the names. */
  readonly alternatives?: readonly string[];
  /** Of its key: EC P-256, if nothing else is said, or RSA with 2048 bits. */
  readonly kind?: keyof typeof algorithms;
}

export interface Authority {
  readonly certificate: string;
  /** As `pair`, but with a certificate of this authority. */
  issue(names: readonly string[], wanted?: Wanted): Promise<Pair>;
}

interface Issuer {
  readonly name: string;
  readonly key: webcrypto.CryptoKey;
  readonly certificate: string;
}

export async function authority(commonName = "An authority"): Promise<Authority> {
  const [name, keys] = [`CN=${commonName}`, await newKeys()];
  const extensions = [new x509.BasicConstraintsExtension(true, undefined, true)];
  const certificate = pem(await x509.X509CertificateGenerator.createSelfSigned({ ...validity({}), name, keys, signingAlgorithm: algorithms.ec, extensions }));
  return { certificate, issue: (names, wanted) => pair(names, wanted, { name, key: keys.privateKey, certificate }) };
}

/** A certificate for these names (ASCII) and addresses, self-signed without an issuer. The first is its common name. */
export async function pair(names: readonly string[], { alternatives = names, kind = "ec", ...wanted }: Wanted = {}, issuer?: Issuer): Promise<Pair> {
  const own = await newKeys(kind);
  const subject = `CN=${names[0]}`;
  const certificate = await x509.X509CertificateGenerator.create({
    ...validity(wanted),
    subject,
    issuer: issuer?.name ?? subject,
    publicKey: own.publicKey,
    signingKey: issuer?.key ?? own.privateKey,
    signingAlgorithm: algorithms[issuer ? "ec" : kind],
    extensions: [new x509.SubjectAlternativeNameExtension(alternatives.map((value) => ({ type: isIP(value) === 0 ? "dns" : "ip", value })))],
  });
  return { certificate: pem(certificate) + (issuer?.certificate ?? ""), key: own.pem };
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

function validity({ from = -1, to = 30 }: Pick<Wanted, "from" | "to">): { notBefore: Date; notAfter: Date } {
  return { notBefore: new Date(Date.now() + from * day), notAfter: new Date(Date.now() + to * day) };
}

function pem(certificate: x509.X509Certificate): string {
  return `${certificate.toString("pem")}\n`;
}

async function newKeys(kind: keyof typeof algorithms = "ec"): Promise<{ publicKey: webcrypto.CryptoKey; privateKey: webcrypto.CryptoKey; pem: string }> {
  const { publicKey, privateKey } = kind === "ec" ? generateKeyPairSync("ec", { namedCurve: "P-256" }) : generateKeyPairSync("rsa", { modulusLength: 2048 });
  const imported = (key: KeyObject, type: "pkcs8" | "spki", usage: "sign" | "verify") =>
    webcrypto.subtle.importKey(type, key.export({ type, format: "der" } as { type: "spki"; format: "der" }), algorithms[kind], true, [usage]);
  return {
    publicKey: await imported(publicKey, "spki", "verify"),
    privateKey: await imported(privateKey, "pkcs8", "sign"),
    pem: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}
