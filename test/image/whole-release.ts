// A release with the whole configuration of a stack, for a Prosody of a test's own.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { luaValue } from "../../components/prosody/lua.ts";
import { uploadsGroup, uploadsPath } from "../../components/prosody/uploads.ts";
import { filesBelow } from "../../platform/files-below.ts";
import { type Settings, exampleSettings } from "../config/example-settings.ts";
import { templates } from "../config/tree.ts";
import { type Pair } from "../setup/certificates.ts";
import type { Files } from "./tar.ts";

/** Options for a container of such a Prosody: where its uploads lie. */
export const uploads = ["--group-add", String(uploadsGroup), "--tmpfs", `${uploadsPath}:uid=5222,gid=${uploadsGroup},mode=2770`];

export const wholeDomain = "xmpp.localhost";

/** The templates with the settings of the personal scale, replaced by `settings` by their keys. */
export function wholeRelease({ certificate, key }: Pair, settings: Settings = {}): Files {
  return {
    ...Object.fromEntries(filesBelow(templates).files.map((path) => [path, readFileSync(join(templates, path), "utf8")])),
    "settings.lua": `return ${luaValue(exampleSettings(settings))}\n`,
    [`certs/${wholeDomain}.crt`]: certificate,
    [`certs/${wholeDomain}.key`]: key,
    [`secrets/admin-password.admin@${wholeDomain}`]: "only-the-first-one",
  };
}
