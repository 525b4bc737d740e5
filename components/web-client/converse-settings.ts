// What Converse.js is told (converse.initialize), so that it knows one domain and asks no host but that domain's.
import { hostsOf } from "../../settings/hosts.ts";
import type { DomainSettings, Settings } from "../../settings/schema.ts";
import { assetsPath } from "./assets.ts";
import { originsOf } from "./origins.ts";
import { themesOf } from "./theme.ts";

/**
 * The settings of Converse.js 14 for a domain's site, as plain data.
 *
 * @see https://conversejs.org/docs/configuration/
 */
export function converseSettings(settings: Settings, domain: DomainSettings) {
  const { webClient: { colors, language } } = settings;
  const hosts = hostsOf(domain);
  const mediaHosts = [hosts.upload.ascii];
  return {
    ...themesOf(colors),
    ...(language === "auto" ? {} : { i18n: language.replace("-", "_") }),
    allow_registration: false,
    allowed_audio_domains: mediaHosts,
    allowed_image_domains: mediaHosts,
    allowed_video_domains: mediaHosts,
    assets_path: assetsPath,
    authentication: "login",
    auto_reconnect: true,
    // Suggestions of other providers' domains are fetched from data.xmpp.net otherwise; so are those for registration.
    autocomplete_providers_url: "",
    xmpp_providers_url: "",
    // The address is known. Discovery would ask port 443 of the domain, whatever port the site is on.
    discover_connection_methods: false,
    websocket_url: `${originsOf(settings, domain).webSocket}/xmpp-websocket`,
    embed_3rd_party_media_players: false,
    fetch_url_headers: false,
    geouri_replacement: "geo:$1,$2",
    locked_domain: hosts.name.unicode,
    loglevel: "error",
    message_archiving: "always",
    muc_domain: hosts.rooms.unicode,
    muc_nickname_from_jid: true,
    // Without a service the dialog has no field for the room's name. The domain's own answers that it has no search;
    // the default is search.jabber.network, which would learn what people look for.
    muc_search_service: hosts.rooms.unicode,
    notification_icon: `${assetsPath}/images/logo/conversejs-filled.svg`,
    omemo_default: true,
    persistent_store: "IndexedDB",
    use_system_emojis: true,
    view_mode: "fullscreen",
  };
}
