// Self-signed certificates for the tests.
import { randomBytes } from "node:crypto";
import "reflect-metadata"; // @peculiar/x509 needs it to be there first
import * as x509 from "@peculiar/x509";

export interface Certificate {
  chain: string;
  key: string;
  /** In upper-case hexadecimal, as Node's TLS gives it. */
  serial: string;
}

const day = 24 * 60 * 60 * 1000;
const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

/** For a name and its subdomains, valid from two days ago; 0 days gives one that has expired. */
export async function certificate(name: string, days = 30): Promise<Certificate> {
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const serialNumber = `4${randomBytes(8).toString("hex").slice(1)}`;
  const made = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber,
    name: `CN=${name}`,
    notBefore: new Date(Date.now() - 2 * day),
    notAfter: new Date(Date.now() + (days - 1) * day),
    signingAlgorithm: algorithm,
    keys,
    extensions: [new x509.SubjectAlternativeNameExtension([name, `*.${name}`].map((value) => ({ type: "dns", value })))],
  });
  const key = Buffer.from(await crypto.subtle.exportKey("pkcs8", keys.privateKey));
  const lines = key.toString("base64").replace(/.{64}/g, "$&\n").trimEnd();
  return {
    chain: `${made.toString("pem")}\n`,
    key: `-----BEGIN PRIVATE KEY-----\n${lines}\n-----END PRIVATE KEY-----\n`,
    serial: serialNumber.toUpperCase(),
  };
}
