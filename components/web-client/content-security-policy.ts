// What a browser lets the web client do: load from its own site, speak to its own domain, and nothing else.
import { createHash } from "node:crypto";
import type { DomainSettings, Settings } from "../../settings/schema.ts";
import { originsOf } from "./origins.ts";

/**
 * Value of the Content-Security-Policy header for everything on a domain's site. Files of other servers' users are not
 * shown but linked: to show them, a browser would tell those servers who reads what.
 *
 * @see https://www.w3.org/TR/CSP3/
 */
export function contentSecurityPolicy(settings: Pick<Settings, "publish">, domain: DomainSettings): string {
  const { webSocket, upload } = originsOf(settings, domain);
  return Object.entries({
    "default-src": ["'none'"],
    // OMEMO is WebAssembly; that lets no text be run as a script.
    "script-src": ["'self'", "'wasm-unsafe-eval'"],
    "style-src-elem": ["'self'", ...emptyStyles.map(sourceHash)],
    // Heights, avatars' colours and sizes of icons are style attributes.
    "style-src-attr": ["'unsafe-inline'"],
    "font-src": ["'self'"],
    // data: is avatars, logos and the icon with the count of unread messages; blob: is decrypted files.
    "img-src": ["'self'", "data:", "blob:", upload],
    "media-src": ["'self'", "blob:", upload],
    "connect-src": ["'self'", webSocket, upload],
    "base-uri": ["'none'"],
    "form-action": ["'none'"],
    "frame-ancestors": ["'none'"],
  })
    .map(([directive, sources]) => [directive, ...sources].join(" "))
    .join("; ");
}

/** Converse.js 14 makes style elements for all of its parts, though their rules are in its style sheet: this is all they hold. */
const emptyStyles = ["", "\n/*# sourceMappingURL=data:application/json;base64,eyJ2ZXJzaW9uIjozLCJzb3VyY2VzIjpbXSwibmFtZXMiOltdLCJtYXBwaW5ncyI6IiIsInNvdXJjZVJvb3QiOiIifQ== */"];

function sourceHash(text: string): string {
  return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
}
