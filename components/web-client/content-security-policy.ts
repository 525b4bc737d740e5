// What a browser lets the web client do: load from its own site, speak to its own domain, and nothing else.
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
    "script-src": ["'self'", "'wasm-unsafe-eval'"],
    "style-src": ["'self'"],
    "font-src": ["'self'"],
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
