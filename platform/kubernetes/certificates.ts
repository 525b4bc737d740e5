// Certificates that cert-manager issues and renews, each in a Secret that pods see among their files.
import * as kubernetes from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { IssuedCertificate, KubernetesArgs } from "../workload.ts";
import { keyOf } from "./keys.ts";

/** Name of the Certificate, and of the Secret that cert-manager keeps for it. */
export function certificateName({ domain }: IssuedCertificate): string {
  return `certificate-${domain}`;
}

/**
 * cert-manager's Certificate: EC P-256 like the private CA's, for both ends of TLS, because servers show theirs when they connect to
 * others, too. A renewal comes with a new key.
 *
 * @see https://cert-manager.io/docs/reference/api-docs/#cert-manager.io/v1.Certificate
 */
export function createCertificate(name: string, certificate: IssuedCertificate, metadata: kubernetes.types.input.meta.v1.ObjectMeta, { issuer, issuerKind }: KubernetesArgs["certManager"], options: pulumi.CustomResourceOptions): void {
  const spec = {
    secretName: certificateName(certificate),
    dnsNames: [...certificate.names],
    issuerRef: { group: "cert-manager.io", kind: issuerKind, name: issuer },
    privateKey: { algorithm: "ECDSA", size: 256, rotationPolicy: "Always" },
    usages: ["digital signature", "server auth", "client auth"],
  };
  new kubernetes.apiextensions.CustomResource(name, { apiVersion: "cert-manager.io/v1", kind: "Certificate", metadata, spec }, options);
}

/** Its Secret as a part of a volume with delivered files, under the keys of their paths. */
export function projectedCertificate(certificate: IssuedCertificate): kubernetes.types.input.core.v1.VolumeProjection {
  const file = (key: string, extension: string) => ({ key, path: keyOf(`certs/${certificate.domain}.${extension}`) });
  return { secret: { name: certificateName(certificate), items: [file("tls.crt", "crt"), file("tls.key", "key")] } };
}
