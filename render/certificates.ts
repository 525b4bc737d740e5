// Certificates as @pulumi/tls makes them, for when there is no engine.
import { createPrivateKey, createPublicKey, webcrypto } from "node:crypto";
import "reflect-metadata"; // @peculiar/x509 wants it before it is loaded
import * as x509 from "@peculiar/x509";

// The same interface under two names: Node's own, and the browser's that the library is typed with.
x509.cryptoProvider.set(webcrypto);

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const hour = 3_600_000;

type Inputs = Readonly<Record<string, unknown>>;

/** A CA certificate over its own key; inputs as of tls.SelfSignedCert. */
export async function selfSign(inputs: Inputs): Promise<Record<string, unknown>> {
  const keys = await keyPair(String(inputs.privateKeyPem));
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: `CN=${escapeName(commonName(inputs))}`,
    keys,
    signingAlgorithm: algorithm,
    ...validity(inputs),
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certPem: pem(certificate) };
}

/** A server certificate signed by the CA; inputs as of tls.LocallySignedCert, its request as render/providers.ts makes it. */
export async function issueCertificate(inputs: Inputs): Promise<Record<string, unknown>> {
  const request = JSON.parse(String(inputs.certRequestPem)) as Inputs;
  const subject = await keyPair(String(request.privateKeyPem));
  const authority = await keyPair(String(inputs.caPrivateKeyPem));
  const issuer = new x509.X509Certificate(String(inputs.caCertPem));
  const { notBefore, notAfter } = validity(inputs);
  const certificate = await x509.X509CertificateGenerator.create({
    subject: `CN=${escapeName(commonName(request))}`,
    issuer: issuer.subject,
    publicKey: subject.publicKey,
    signingKey: authority.privateKey,
    signingAlgorithm: algorithm,
    notBefore,
    notAfter,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth, x509.ExtendedKeyUsage.clientAuth]),
      new x509.SubjectAlternativeNameExtension((request.dnsNames as string[]).map((value) => ({ type: "dns", value }))),
      await x509.SubjectKeyIdentifierExtension.create(subject.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(issuer),
    ],
  });
  return { certPem: pem(certificate), notAfter: notAfter.toISOString() };
}

/** Whether a stored certificate is within its early-renewal time. */
export function isDueForRenewal(state: Inputs, inputs: Inputs, now = Date.now()): boolean {
  return Date.parse(String(state.notAfter)) - Number(inputs.earlyRenewalHours ?? 0) * hour <= now;
}

function validity(inputs: Inputs): { notBefore: Date; notAfter: Date } {
  const notBefore = new Date();
  return { notBefore, notAfter: new Date(notBefore.getTime() + Number(inputs.validityPeriodHours) * hour) };
}

async function keyPair(privateKeyPem: string): Promise<webcrypto.CryptoKeyPair> {
  const key = createPrivateKey(privateKeyPem);
  return {
    privateKey: await webcrypto.subtle.importKey("pkcs8", key.export({ type: "pkcs8", format: "der" }), algorithm, false, ["sign"]),
    publicKey: await webcrypto.subtle.importKey("spki", createPublicKey(key).export({ type: "spki", format: "der" }), algorithm, true, ["verify"]),
  };
}

function pem(certificate: x509.X509Certificate): string {
  return `${certificate.toString("pem")}\n`;
}

function commonName(inputs: Inputs): string {
  return String((inputs.subject as { commonName?: string } | undefined)?.commonName);
}

function escapeName(text: string): string {
  return text.replace(/[,+"\\<>;#=]/g, "\\$&");
}
