// The certificate of each domain: the operator's own, one that the platform issues, or one of the stack's private CA. Several
// services show it.
import * as pulumi from "@pulumi/pulumi";
import type { DeliveredFile, IssuedCertificate } from "../../platform/workload.ts";
import { certificateSource, givenCertificate, pemText } from "../../settings/certificates.ts";
import { certificateNames } from "../../settings/certificates.ts";
import { hostsOf } from "../../settings/hosts.ts";
import type { Settings } from "../../settings/schema.ts";
import type { CertificateAuthority } from "./certificate-authority.ts";

export interface DomainCertificates {
  /** Chain and key of domains, as files `certs/<domain>.crt` and `.key`. */
  readonly files: readonly DeliveredFile[];
  /** Those that the platform delivers under these names. */
  readonly issued: readonly IssuedCertificate[];
}

/** For each domain and all its components. */
export function domainCertificates(settings: Settings, authority: CertificateAuthority): DomainCertificates {
  const domains = settings.domains.map((domain) => {
    return { domain: hostsOf(domain).name.ascii, names: certificateNames(settings, domain).map((name) => name.ascii) };
  });
  const issued = domains.filter(({ domain }) => certificateSource(settings, domain) === "platform");
  const files = domains.filter((one) => !issued.includes(one)).flatMap(({ domain, names }) => {
    const given = givenCertificate(settings, domain);
    return certificateFiles(domain, given ? { certificate: pemText(given.certificate), key: pulumi.secret(pemText(given.key)) } : authority.issue(domain, names));
  });
  return { files, issued };
}

function certificateFiles(domain: string, pair: { certificate: pulumi.Input<string>; key: pulumi.Input<string> }): DeliveredFile[] {
  return [
    { path: `certs/${domain}.crt`, content: pair.certificate, secret: false },
    { path: `certs/${domain}.key`, content: pair.key, secret: true },
  ];
}
