// Releases of a small configuration for the tests to deliver.
import { readFile } from "node:fs/promises";
import { certificate, type Certificate } from "./certificate.ts";
import { fixture } from "./site.ts";
import type { Files } from "./tar.ts";

export const domain = "xmpp.test";
export const adminPassword = "only-the-first-one";

/** A release that is in order; `config` is appended to its configuration. */
export async function release(config = "", pair?: Certificate): Promise<Files> {
  const { chain, key } = pair ?? (await certificate(domain));
  return {
    "prosody.cfg.lua": (await readFile(fixture("prosody.cfg.lua"), "utf8")) + config,
    [`certs/${domain}.crt`]: chain,
    [`certs/${domain}.key`]: key,
    "secrets/admin-password": adminPassword,
  };
}
