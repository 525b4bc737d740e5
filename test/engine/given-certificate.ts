// A certificate and key as an operator would bring them, for a domain and its components.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { componentLabels } from "../../settings/hosts.ts";

/** The `certificates` setting for one domain, self-signed. */
export function selfSignedFiles(domain: string): Record<string, { certificate: string; key: string }> {
  const directory = mkdtempSync(join(tmpdir(), "given-"));
  const [key, certificate] = [join(directory, "key.pem"), join(directory, "certificate.pem")];
  const names = [domain, ...Object.values(componentLabels).map((label) => `${label}.${domain}`)].map((name) => `DNS:${name}`).join(",");
  execFileSync("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30", "-subj", `/CN=${domain}`, "-addext", `subjectAltName=${names}`, "-keyout", key, "-out", certificate], { stdio: "pipe" });
  const pair = { certificate: readFileSync(certificate, "utf8"), key: readFileSync(key, "utf8") };
  rmSync(directory, { recursive: true });
  return { [domain]: pair };
}
