// The stack's private certificate authority, for domains without a certificate of their own.
import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";

export interface CertificateAuthorityArgs {
  /** Name that people see when they import the certificate, e.g. `dev XMPP`. */
  readonly commonName: string;
  /** Hours a domain's certificate is valid, and how long before its end the next update renews it. */
  readonly validityHours: number;
  readonly renewBeforeHours: number;
}

/** Ten years: longer than any stack waits for an update, short enough to end. */
const authorityHours = 10 * 8760;

/**
 * A private CA (EC P-256) that issues one certificate per domain, with its components as alternative names.
 *
 * @example new CertificateAuthority("ca", { commonName: "dev XMPP", validityHours: 8760, renewBeforeHours: 720 })
 * @see https://www.rfc-editor.org/rfc/rfc6120#section-13.7.1 names in XMPP certificates
 */
export class CertificateAuthority extends pulumi.ComponentResource {
  /** The CA's certificate as PEM; clients that trust it trust the stack. */
  readonly certificate: pulumi.Output<string>;
  private readonly key: tls.PrivateKey;
  private readonly name: string;
  private readonly args: CertificateAuthorityArgs;

  constructor(name: string, args: CertificateAuthorityArgs, options: pulumi.ComponentResourceOptions = {}) {
    super("prosody-stack:certificates:CertificateAuthority", name, { commonName: args.commonName }, options);
    this.name = name;
    this.args = args;
    this.key = this.createKey(`${name}-key`);
    this.certificate = new tls.SelfSignedCert(
      `${name}-certificate`,
      {
        privateKeyPem: this.key.privateKeyPem,
        subject: { commonName: args.commonName },
        isCaCertificate: true,
        setSubjectKeyId: true,
        setAuthorityKeyId: true,
        allowedUses: ["cert_signing", "crl_signing"],
        validityPeriodHours: authorityHours,
      },
      { parent: this },
    ).certPem;
    this.registerOutputs({ certificate: this.certificate });
  }

  /** A certificate for these names (ASCII), the first of which is its common name, and its private key. */
  issue(domain: string, names: readonly string[]): { certificate: pulumi.Output<string>; key: pulumi.Output<string> } {
    const key = this.createKey(`${this.name}-${domain}-key`);
    const request = new tls.CertRequest(
      `${this.name}-${domain}-request`,
      { privateKeyPem: key.privateKeyPem, subject: { commonName: names[0]!.slice(0, 64) }, dnsNames: [...names] },
      { parent: this },
    );
    const certificate = new tls.LocallySignedCert(
      `${this.name}-${domain}-certificate`,
      {
        certRequestPem: request.certRequestPem,
        caCertPem: this.certificate,
        caPrivateKeyPem: this.key.privateKeyPem,
        allowedUses: ["digital_signature", "server_auth", "client_auth"],
        setSubjectKeyId: true,
        validityPeriodHours: this.args.validityHours,
        earlyRenewalHours: this.args.renewBeforeHours,
      },
      { parent: this },
    );
    return { certificate: certificate.certPem, key: key.privateKeyPem };
  }

  private createKey(name: string): tls.PrivateKey {
    return new tls.PrivateKey(name, { algorithm: "ECDSA", ecdsaCurve: "P256" }, { parent: this });
  }
}
