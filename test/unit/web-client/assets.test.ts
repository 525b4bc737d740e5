// What an image gets of Converse.js: all that a browser asks for, little else, and nothing in it that asks elsewhere.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { assetsDirectories, assetsPath } from "../../../components/web-client/assets.ts";
import { converseSettings } from "../../../components/web-client/converse-settings.ts";
import { webClientFiles } from "../../../components/web-client/web-client.ts";
import { filesBelow } from "../../../platform/files-below.ts";
import { languages } from "../../../settings/languages.ts";
import { settingsFrom } from "../settings/parsed.ts";

const [{ from, to, only }] = assetsDirectories as unknown as [{ from: string; to: string; only: RegExp }];
const files = filesBelow(from).files.filter((file) => only.test(file));
const text = (file: string) => readFileSync(join(from, file), "utf8");
const converse = text("converse.min.js");
const settings = settingsFrom();
const told: Record<string, unknown> = converseSettings(settings, settings.domains[0]!);

test("it is served below its version", () => {
  const { version } = JSON.parse(readFileSync(join(from, "../package.json"), "utf8")) as { version: string };
  expect([assetsPath, to]).toEqual([`/converse/${version}`, `web/${version}`]);
});

test("beside translations these are the files", () => {
  expect(files.filter((file) => !/^chunkjs\/locales\/(dayjs\/)?[\w-]+\.js$/.test(file))).toEqual([
    "converse.min.css",
    "converse.min.js",
    "curve25519_compiled.wasm",
    "emoji.json",
    "images/custom_emojis/converse.png",
    "images/custom_emojis/xmpp.png",
    "images/favicon.ico",
    "images/logo/conversejs-filled-192.png",
    "images/logo/conversejs-filled-192.svg",
    "images/logo/conversejs-filled-512.png",
    "images/logo/conversejs-filled-512.svg",
    "images/logo/conversejs-filled.svg",
    "images/logo/conversejs-gold-gradient.svg",
    "libomemo.esm.min.js",
    "sounds/msg_received.mp3",
    "sounds/msg_received.ogg",
    "webfonts/baumans.ttf",
    "webfonts/muli.ttf",
  ]);
});

describe("all that is referred to is there", () => {
  test("by the site", () => {
    const site = webClientFiles(settings, settings.domains[0]!).map(({ content }) => content as string).join("\n");
    const referred = [...site.matchAll(new RegExp(`"${assetsPath}/([^"]+)"`, "g"))].map(([, file]) => file!);
    expect(referred.toSorted()).toEqual(["converse.min.css", "converse.min.js", "images/logo/conversejs-filled.svg", "images/logo/conversejs-filled.svg"]);
    expect(files).toEqual(expect.arrayContaining(referred));
  });

  test("by the style sheet", () => {
    const referred = [...text("converse.min.css").matchAll(/url\(["']?(?!data:|#)([^"')]+)/g)].map(([, file]) => file!);
    expect(referred).toEqual(["webfonts/baumans.ttf", "webfonts/muli.ttf"]);
    expect(files).toEqual(expect.arrayContaining(referred));
  });

  test("by Converse.js and its OMEMO", () => {
    const referred = [...new Set([...converse.matchAll(/import\("\.\/([^"]+)"\)/g), ...text("libomemo.esm.min.js").matchAll(/"(\w+\.wasm)"/g)].map(([, file]) => file!))];
    expect(referred).toEqual(["libomemo.esm.min.js", "curve25519_compiled.wasm"]);
    expect(files).toEqual(expect.arrayContaining(referred));
  });

  test.each(languages.filter((language) => language !== "en"))("by the language %s", (language) => {
    const dates = { ug: "ug-cn" }[language as string] ?? language.toLowerCase();
    expect(files).toContain(`chunkjs/locales/${language.replace("-", "_")}-LC_MESSAGES-converse-po.js`);
    expect(files).toContain(`chunkjs/locales/dayjs/${dates}-js.js`);
  });
});

test("the languages are those that Converse.js offers, but for the one that lacks its dates", () => {
  const offered = JSON.parse(/\blocales:(\[[^\]]*\])/.exec(converse)![1]!) as string[];
  expect(offered.map((language) => language.replace("_", "-")).filter((language) => language !== "oc")).toEqual([...languages]);
  expect(files).not.toContain("chunkjs/locales/dayjs/oc-js.js");
});

describe("settings of Converse.js", () => {
  test.each(Object.keys(told))("%s is one", (key) => expect(converse).toMatch(new RegExp(`\\b${key}:`)));

  test("whose default is an address elsewhere are set, but for what is off", () => {
    const elsewhere = [...converse.matchAll(/\b([a-z]+(?:_[a-z]+)+):"(?:https?:\/\/|[\w.]+@)[^"]*"/g)].map(([, key]) => key!);
    // Emojis are the system's, and registration is closed.
    expect(elsewhere.filter((key) => !(key in told)).toSorted()).toEqual(["emoji_image_path", "providers_link"]);
    expect(elsewhere.filter((key) => key in told).toSorted()).toEqual(["autocomplete_providers_url", "geouri_replacement", "muc_search_service", "xmpp_providers_url"]);
    expect(told).toMatchObject({ use_system_emojis: true, allow_registration: false });
  });
});
