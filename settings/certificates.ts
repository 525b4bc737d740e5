// Certificates that the operator brings: read, and looked at before anything changes.
import { X509Certificate, createPrivateKey } from "node:crypto";
import { existsSync, readFileSync, statSync } from "node:fs";
import { hostsOf, namesOf } from "./hosts.ts";
import { type DomainName, domainName } from "./names.ts";
import type { Problem } from "./problems.ts";
import type { DomainSettings, Settings } from "./schema.ts";

/** PEM text as it is, or the text of the file that is named. */
export function pemText(pemOrPath: string): string {
  return pemOrPath.includes("-----BEGIN ") ? pemOrPath : readFileSync(pemOrPath, "utf8");
}

/** Whom a domain has its certificate from: the operator, the platform that issues it, or the stack's private CA. */
export function certificateSource(settings: Pick<Settings, "certificates" | "platform" | "kubernetes">, domain: string): "operator" | "platform" | "private CA" {
  if (givenCertificate(settings, domain)) return "operator";
  return settings.platform === "kubernetes" && settings.kubernetes.certManager.issuer !== undefined ? "platform" : "private CA";
}

/** Whether a domain has its certificate from the stack's private CA. */
export function hasPrivateAuthority(settings: Pick<Settings, "certificates" | "domains" | "platform" | "kubernetes">): boolean {
  return settings.domains.some(({ name }) => certificateSource(settings, name.ascii) === "private CA");
}

/** The certificate that the operator gave for a domain, whatever form of its name it is filed under. */
export function givenCertificate(settings: Pick<Settings, "certificates">, domain: string): Settings["certificates"][string] | undefined {
  return Object.entries(settings.certificates).find(([name]) => domainName(name)?.ascii === domain)?.[1];
}

/** Every name that a domain's certificate is for: its own, its components', and the first one's that of the TURN server. */
export function certificateNames({ domains, turn }: Pick<Settings, "domains" | "turn">, domain: DomainSettings): DomainName[] {
  const names = namesOf(hostsOf(domain));
  const host = turn.enabled && domain === domains[0] ? turn.host : undefined;
  return host === undefined || names.some(({ ascii }) => ascii === host.ascii) ? names : [...names, host];
}

/** What is wrong with the given certificates: unreadable, not of this stack, expired, wrong names, wrong key. */
export function certificateProblems(settings: Pick<Settings, "certificates" | "domains" | "turn">, now = new Date()): Problem[] {
  const seen = new Set<string | undefined>();
  return Object.entries(settings.certificates).flatMap(([domain, given]) => {
    const key = `certificates.${domain}`;
    const name = domainName(domain)?.ascii;
    if (seen.has(name)) return [{ key, text: "found a second certificate for this domain, expected one; remove the other" }];
    seen.add(name);
    const served = settings.domains.find((one) => one.name.ascii === name);
    if (!served) return [{ key, text: "found a domain that this stack does not serve, expected one of settings.domains" }];

    const certificate = attempt(() => new X509Certificate(pemText(given.certificate)));
    const privateKey = attempt(() => createPrivateKey(pemText(given.key)));
    const problems: Problem[] = [];
    if (!certificate) problems.push({ key: `${key}.certificate`, text: "found no readable certificate, expected PEM text or the path of a PEM file" });
    if (!privateKey) problems.push({ key: `${key}.key`, text: "found no readable private key, expected unencrypted PEM text or the path of a PEM file" });
    if (!certificate) return problems;

    if (certificate.validToDate < now) {
      problems.push({ key: `${key}.certificate`, text: `found one that expired on ${certificate.validToDate.toISOString()}, expected a valid one; renew it` });
    }
    if (certificate.validFromDate > now) {
      problems.push({ key: `${key}.certificate`, text: `found one that is valid from ${certificate.validFromDate.toISOString()}, expected one that is valid now` });
    }
    const missing = certificateNames(settings, served).filter(({ ascii }) => !certificate.checkHost(ascii, { subject: "never" }));
    if (missing.length > 0) {
      problems.push({ key: `${key}.certificate`, text: `found no alternative name for ${missing.map(({ ascii }) => ascii).join(", ")}, expected the domain and all its components` });
    }
    if (privateKey && !certificate.checkPrivateKey(privateKey)) {
      problems.push({ key: `${key}.key`, text: "found a key that is not the certificate's, expected the private key the certificate was made for" });
    }
    return problems;
  });
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined; // whatever kept it from being read, the operator's next step is the same
  }
}

/** What is wrong with a setting of a CA's certificate, if there is one. */
export function authorityProblems(key: string, ca: string | undefined): Problem[] {
  if (ca === undefined) return [];
  if (!ca.includes("-----BEGIN ") && !(existsSync(ca) && statSync(ca).isFile())) return [{ key, text: "found no PEM text and no path of a file that exists, expected one of both" }];
  const text = attempt(() => pemText(ca));
  if (text?.includes("PRIVATE KEY-----")) return [{ key, text: "found a private key, expected the CA's certificate only; remove the key, which would be no secret there" }];
  return text !== undefined && attempt(() => new X509Certificate(text)) ? [] : [{ key, text: "found no certificate in it that can be read, expected one as PEM" }];
}
