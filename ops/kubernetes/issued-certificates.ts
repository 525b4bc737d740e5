// Certificates that cert-manager issues: whether it can, whether it has, and by whose authority.
import { setTimeout as delay } from "node:timers/promises";
import { certificateSource } from "../../settings/certificates.ts";
import { namespace as settingsNamespace } from "../../settings/problems.ts";
import type { Settings } from "../../settings/schema.ts";
import { OperatorError } from "../errors.ts";
import { say } from "../run.ts";
import type { Item, Kubectl } from "./kubectl.ts";
import { ours } from "./selectors.ts";

/** As kubectl names them, whatever else a cluster calls a certificate. */
const certificateKind = "certificates.cert-manager.io";

interface Certificate extends Item {
  readonly spec: { readonly secretName: string };
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string; readonly message?: string }[] };
}

/** Seconds in which certificates have to be issued the first time: an authority of the web wants to see names in DNS. */
const patience = 300;

/** @throws OperatorError where the cluster does not have the issuer that is set */
export async function refuseMissingIssuer(kubectl: Kubectl, { kubernetes: { certManager: { issuer, issuerKind } } }: Settings): Promise<void> {
  if (issuer === undefined) return;
  const { stdout: kinds } = await kubectl.ask(["api-resources", "--api-group", "cert-manager.io", "--output", "name"]);
  if (!kinds.split("\n").includes(certificateKind)) throw new OperatorError(`${settingsNamespace}:kubernetes.certManager.issuer: found ${issuer}, and the cluster has no cert-manager (https://cert-manager.io/docs/installation/); install it, or remove the setting`);
  const names = (await kubectl.list(`${issuerKind.toLowerCase()}s.cert-manager.io`)).map(({ metadata }) => metadata.name);
  if (!names.includes(issuer)) throw new OperatorError(`${settingsNamespace}:kubernetes.certManager.issuer: found ${issuer}, expected a ${issuerKind} of the ${issuerKind === "Issuer" ? "stack's namespace" : "cluster"} (${names.join(", ") || "none"})`);
}

/** Waits until all are issued. @throws OperatorError with what cert-manager says of one that is not */
export async function certificatesIssued(kubectl: Kubectl): Promise<void> {
  for (let said = false, end = Date.now() + patience * 1000; ; await delay(500)) {
    const waiting = (await kubectl.list<Certificate>(certificateKind, ...ours)).filter(({ status }) => !status?.conditions?.some(({ type, status: met }) => type === "Ready" && met === "True"));
    if (waiting.length === 0) return;
    if (Date.now() > end) throw new OperatorError(waiting.map(({ metadata, status }) => `Certificate ${metadata.name}: not issued after ${patience} s: ${status?.conditions?.map(({ message }) => message).join("; ") || "cert-manager says nothing"}; see kubectl describe certificate ${metadata.name}`).join("\n"));
    if (!said) say(`certificates: waiting for ${waiting.map(({ metadata }) => metadata.name).join(", ")}`);
    said = true;
  }
}

/** Its Secret stays, and is taken again where the certificate in it still fits. */
export async function removeCertificate(kubectl: Kubectl, name: string): Promise<void> {
  const { exitCode, stderr } = await kubectl.ask(["delete", certificateKind, name, "--ignore-not-found"]);
  if (exitCode !== 0 && !stderr.includes("doesn't have a resource type")) throw new OperatorError(`Certificate ${name}: cannot be removed: ${stderr.trim()}`);
}

/** What an issuer that is no authority of the web's gives with its certificates, for this machine to trust. */
export async function certificateAuthorities(kubectl: Kubectl, settings: Settings): Promise<string[]> {
  if (!settings.domains.some(({ name }) => certificateSource(settings, name.ascii) === "platform")) return [];
  const certificates = await kubectl.list<Certificate>(certificateKind, ...ours);
  const secrets = await Promise.all(certificates.map(({ spec }) => kubectl.get<Item & { data?: Readonly<Record<string, string>> }>("secret", spec.secretName)));
  return secrets.flatMap((secret) => (secret?.data?.["ca.crt"] === undefined ? [] : [Buffer.from(secret.data["ca.crt"], "base64").toString("utf8")]));
}
