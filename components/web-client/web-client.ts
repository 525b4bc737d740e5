// The web client of a domain: the few files of its site that are its own, beside those of Converse.js.
import { readFileSync } from "node:fs";
import { plainFile, type DeliveredFile } from "../../platform/workload.ts";
import { logoUri } from "../../settings/logo.ts";
import type { DomainSettings, Settings } from "../../settings/schema.ts";
import { assetsPath } from "./assets.ts";
import { converseSettings } from "./converse-settings.ts";
import { indexPage } from "./page.ts";
import { themeStyles } from "./theme.ts";

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
  return Object.entries(files).map(([file, content]) => plainFile(`web/${domain.name.ascii}/${file}`, content));
}
