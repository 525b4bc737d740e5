// The files of a domain's site: what they say, and that nothing in the settings can make them say anything else.
import { writeFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { assetsPath } from "../../../components/web-client/assets.ts";
import { webClientFiles } from "../../../components/web-client/web-client.ts";
import { settingsFrom } from "../settings/parsed.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

const directory = temporaryDirectory();

function siteOf(given: Readonly<Record<string, unknown>> = {}): Record<string, string> {
  const settings = settingsFrom(given);
  return Object.fromEntries(webClientFiles(settings, settings.domains[0]!).map(({ path, content }) => [path.split("/").at(-1)!, content as string]));
}

/** What start.js imports. */
async function moduleOf(text: string): Promise<{ name: string; settings: Record<string, unknown> }> {
  return (await import(/* @vite-ignore */ `data:text/javascript,${encodeURIComponent(text)}`)) as { name: string; settings: Record<string, unknown> };
}

test("each domain has its own files, by its ASCII name, and none is a secret", () => {
  const settings = settingsFrom({ domains: [{ name: "a.example" }, { name: "bücher.example" }] });
  const files = settings.domains.flatMap((domain) => webClientFiles(settings, domain));
  const names = ["index.html", "settings.js", "start.js", "theme.css"];
  expect(files.map(({ path }) => path)).toEqual(["a.example", "xn--bcher-kva.example"].flatMap((domain) => names.map((name) => `web/${domain}/${name}`)));
  expect(files.filter(({ secret }) => secret)).toEqual([]);
});

test("Converse.js is told of the domain, and of no host but the domain's", async () => {
  const { name, settings } = await moduleOf(siteOf({ domains: [{ name: "bücher.example" }], publish: { https: 8443 } })["settings.js"]!);
  expect(name).toBe("bücher.example");
  expect(settings).toEqual({
    allow_registration: false,
    allowed_audio_domains: ["upload.xn--bcher-kva.example"],
    allowed_image_domains: ["upload.xn--bcher-kva.example"],
    allowed_video_domains: ["upload.xn--bcher-kva.example"],
    assets_path: assetsPath,
    authentication: "login",
    auto_reconnect: true,
    autocomplete_providers_url: "",
    dark_theme: "dracula",
    discover_connection_methods: false,
    embed_3rd_party_media_players: false,
    fetch_url_headers: false,
    geouri_replacement: "geo:$1,$2",
    locked_domain: "bücher.example",
    loglevel: "error",
    message_archiving: "always",
    muc_domain: "conference.bücher.example",
    muc_nickname_from_jid: true,
    muc_search_service: "conference.bücher.example",
    notification_icon: `${assetsPath}/images/logo/conversejs-filled.svg`,
    omemo_default: true,
    persistent_store: "IndexedDB",
    theme: "classic",
    use_system_emojis: true,
    view_mode: "fullscreen",
    websocket_url: "wss://xn--bcher-kva.example:8443/xmpp-websocket",
    xmpp_providers_url: "",
  });
});

test("on the port of HTTPS the WebSocket's address has none", async () => {
  const { settings } = await moduleOf(siteOf({ publish: { https: 443 } })["settings.js"]!);
  expect(settings.websocket_url).toBe("wss://a.example/xmpp-websocket");
});

test("component hosts of the domain's own are the ones that are told", async () => {
  const { settings } = await moduleOf(siteOf({ domains: [{ name: "a.example", rooms: "rooms.example", upload: "files.example" }] })["settings.js"]!);
  expect(settings).toMatchObject({ muc_domain: "rooms.example", muc_search_service: "rooms.example", allowed_image_domains: ["files.example"] });
});

describe("language", () => {
  test("is the browser's, unless one is set", async () => {
    const site = siteOf();
    expect((await moduleOf(site["settings.js"]!)).settings).not.toHaveProperty("i18n");
    expect(site["index.html"]).toContain("\n<html>\n");
  });
  test("is told to Converse.js in its form, and to the browser in its own", async () => {
    const site = siteOf({ webClient: { language: "pt-BR" } });
    expect((await moduleOf(site["settings.js"]!)).settings.i18n).toBe("pt_BR");
    expect(site["index.html"]).toContain('\n<html lang="pt-BR">\n');
  });
});

describe("index.html", () => {
  const page = siteOf()["index.html"]!;

  test("has no script and no style of its own, which the site does not allow", () => {
    expect(page).not.toMatch(/<style|\sstyle=|\son\w+=|javascript:/);
    expect([...page.matchAll(/<script[^>]*>([^]*?)<\/script>/g)].map(([, text]) => text)).toEqual(["", ""]);
  });

  test("loads Converse.js before what starts it, and the theme after the styles that it changes", () => {
    const loaded = [...page.matchAll(/<(?:script|link)[^>]* (?:src|href)="([^"]*)"/g)].map(([, address]) => address);
    expect(loaded).toEqual([`${assetsPath}/images/logo/conversejs-filled.svg`, `${assetsPath}/converse.min.css`, "/theme.css", `${assetsPath}/converse.min.js`, "/start.js"]);
  });

  test("fits the width of a phone", () => expect(page).toContain('<meta name="viewport" content="width=device-width, initial-scale=1'));
});

test("the logo is carried in the page, as its icon", () => {
  const logo = directory("logo.svg");
  writeFileSync(logo, '<svg xmlns="http://www.w3.org/2000/svg"/>');
  const expected = `data:image/svg+xml;base64,${Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>').toString("base64")}`;
  expect(siteOf({ webClient: { logo } })["index.html"]).toContain(`<link rel="icon" href="${expected}">`);
});

describe("any name is shown as it was written", () => {
  const tags = (page: string) => page.match(/<[^>]*>/g);
  const title = (page: string) => /<title>([^<]*)<\/title>/.exec(page)?.[1]?.replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)));
  const plain = tags(siteOf()["index.html"]!);

  async function expectShown(name: string): Promise<void> {
    const site = siteOf({ webClient: { name } });
    expect(title(site["index.html"]!)).toBe(name);
    expect(tags(site["index.html"]!)).toEqual(plain);
    expect((await moduleOf(site["settings.js"]!)).name).toBe(name);
    expect(site["theme.css"]).toBe(siteOf()["theme.css"]);
  }

  test.each(['</title></script><img src=x onerror="alert(1)">', `"'\`\${alert(1)}\\`, "a&lt;b&#60;", "*/ } body { display: none } /*", "שלום 😀 \u2028"])("%j", async (name) => {
    await expectShown(name);
  });

  test("whatever it is", async () => {
    const names = fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 }).filter((name) => /^(?=.*\S)\P{Cc}{1,64}$/u.test(name));
    await fc.assert(fc.asyncProperty(names, expectShown));
  });
});
