// The policy that a browser is given: own origins, and none besides.
import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { contentSecurityPolicy } from "../../../components/web-client/content-security-policy.ts";
import { settingsFrom } from "../settings/parsed.ts";

function policyOf(given: Readonly<Record<string, unknown>>): string {
  const settings = settingsFrom(given);
  return contentSecurityPolicy(settings, settings.domains[0]!);
}

const sha256 = (text: string) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
// As css-loader writes it for a style sheet without rules.
const emptySourceMap = Buffer.from('{"version":3,"sources":[],"names":[],"mappings":"","sourceRoot":""}').toString("base64");

test("allows what Converse.js needs, of the domain only", () => {
  expect(policyOf({ domains: [{ name: "bücher.example" }], publish: { https: 8443 } }).split("; ")).toEqual([
    "default-src 'none'",
    "script-src 'self' 'wasm-unsafe-eval'",
    `style-src-elem 'self' ${sha256("")} ${sha256(`\n/*# sourceMappingURL=data:application/json;base64,${emptySourceMap} */`)}`,
    "style-src-attr 'unsafe-inline'",
    "font-src 'self'",
    "img-src 'self' data: blob: https://upload.xn--bcher-kva.example:8443",
    "media-src 'self' blob: https://upload.xn--bcher-kva.example:8443",
    "connect-src 'self' wss://xn--bcher-kva.example:8443 https://upload.xn--bcher-kva.example:8443",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ]);
});

test("names no port where it is that of HTTPS, and the upload host that is set", () => {
  const policy = policyOf({ domains: [{ name: "a.example", upload: "files.example" }, { name: "b.example" }], publish: { https: 443 } });
  expect(new Set(policy.match(/\w+:\/\/[^ ;]+/g))).toEqual(new Set(["https://files.example", "wss://a.example"]));
});
