// Converse.js for a domain: the few files that are the domain's own, and which of the package's files it needs.
import { readFileSync } from "node:fs";
import type { DeliveredFile, ImageSource } from "../../platform/workload.ts";
import { logoUri } from "../../settings/logo.ts";
import type { DomainSettings, Settings } from "../../settings/schema.ts";
import { assetsPath, converseSettings } from "./converse-settings.ts";
import { indexPage } from "./page.ts";
import { themeStyles } from "./theme.ts";

/**
 * What an image has of Converse.js, to be served below `/converse/`. Translations are loaded by need, and OMEMO with
 * its WebAssembly at the first login; left out are other builds, source maps and the package's website.
 */
export const webClientDirectories: ImageSource["directories"] = [
  {
    from: "node_modules/converse.js/dist",
    to: "web",
    only: /^(converse\.min\.(css|js)|emoji\.json|libomemo\.esm\.min\.js|curve25519_compiled\.wasm|(images|sounds|webfonts)\/.*\.\w+|chunkjs\/.*\.js)$/,
  },
];

/** Files of a domain's site, below `web/<ASCII domain>/`: index.html, start.js, settings.js and theme.css, to be served at `/`. */
export function webClientFiles(settings: Settings, domain: DomainSettings): DeliveredFile[] {
  const { name = domain.name.unicode, logo, colors, language } = settings.webClient;
  const files = {
    "index.html": indexPage({
      name,
      logo: logo === undefined ? `${assetsPath}/images/logo/conversejs-filled.svg` : logoUri(logo),
      language: language === "auto" ? undefined : language,
    }),
    "settings.js": `export const name = ${JSON.stringify(name)};\nexport const settings = ${JSON.stringify(converseSettings(settings, domain), null, 2)};\n`,
    "start.js": readFileSync("config-templates/web-client/start.js", "utf8"),
    "theme.css": themeStyles(colors),
  };
  return Object.entries(files).map(([file, content]) => ({ path: `web/${domain.name.ascii}/${file}`, content, secret: false }));
}
