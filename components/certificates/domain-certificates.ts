// The certificate of each domain: the operator's own, or one of the stack's private CA. Several services show it.
import * as pulumi from "@pulumi/pulumi";
import type { DeliveredFile } from "../../platform/workload.ts";
import { givenCertificate, pemText } from "../../settings/certificates.ts";
import { hostsOf, namesOf } from "../../settings/hosts.ts";
import type { Settings } from "../../settings/schema.ts";
import type { CertificateAuthority } from "./certificate-authority.ts";

/** Chain and key of each domain, for the domain and all its components, as files `certs/<domain>.crt` and `.key`. */
export function domainCertificates(settings: Settings, authority: CertificateAuthority): DeliveredFile[] {
  return settings.domains.flatMap((domain) => {
    const hosts = hostsOf(domain);
    const { ascii } = hosts.name;
    const given = givenCertificate(settings, ascii);
    if (given) return certificateFiles(ascii, { certificate: pemText(given.certificate), key: pulumi.secret(pemText(given.key)) });
    return certificateFiles(ascii, authority.issue(ascii, namesOf(hosts).map((name) => name.ascii)));
  });
}

function certificateFiles(domain: string, pair: { certificate: pulumi.Input<string>; key: pulumi.Input<string> }): DeliveredFile[] {
  return [
    { path: `certs/${domain}.crt`, content: pair.certificate, secret: false },
    { path: `certs/${domain}.key`, content: pair.key, secret: true },
  ];
}
