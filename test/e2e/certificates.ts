// Certificates that an operator would bring: self-signed, for a domain and its components.
import { X509Certificate, generateKeyPairSync } from "node:crypto";
import { writeFileSync } from "node:fs";
import { issueCertificate, selfSign } from "../../render/certificates.ts";

export interface Pair {
  readonly certificate: string;
  readonly key: string;
  readonly serial: string;
}

/** A certificate of an authority that is forgotten at once. */
export async function certificateFor(domain: string): Promise<Pair> {
  const [caPrivateKeyPem, key] = [newKey(), newKey()];
  const { certPem: caCertPem } = await selfSign({ privateKeyPem: caPrivateKeyPem, subject: { commonName: "An authority" }, validityPeriodHours: 48 });
  const dnsNames = ["", "conference.", "upload.", "pubsub.", "proxy."].map((label) => `${label}${domain}`);
  const certRequestPem = JSON.stringify({ privateKeyPem: key, subject: { commonName: domain }, dnsNames });
  const issued = await issueCertificate({ certRequestPem, caCertPem, caPrivateKeyPem, validityPeriodHours: 24 });
  const certificate = `${String(issued.certPem)}${String(caCertPem)}`;
  return { certificate, key, serial: new X509Certificate(certificate).serialNumber };
}

function newKey(): string {
  return generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ type: "pkcs8", format: "pem" }).toString();
}

/** Puts a pair where the settings name its files. */
export function writePair({ certificate, key }: Pair, files: { readonly certificate: string; readonly key: string }): void {
  writeFileSync(files.certificate, certificate);
  writeFileSync(files.key, key, { mode: 0o600 });
}
