// Releases of a small configuration for the tests to deliver.
import { readFile } from "node:fs/promises";
import { type Pair, pair } from "../setup/certificates.ts";
import { fixture } from "./site.ts";
import type { Files } from "./tar.ts";

export const domain = "xmpp.test";
export const adminPassword = "only-the-first-one";

/** For a name and its subdomains, valid from two days ago; 0 days gives one that has expired. */
export function certificate(name: string, days = 30): Promise<Pair> {
  return pair([name, `*.${name}`], { from: -2, to: days - 1 });
}

/** A release that is in order; `config` is appended to its configuration. */
export async function release(config = "", given?: Pair): Promise<Files> {
  const { certificate: chain, key } = given ?? (await certificate(domain));
  return {
    "prosody.cfg.lua": (await readFile(fixture("prosody.cfg.lua"), "utf8")) + config,
    [`certs/${domain}.crt`]: chain,
    [`certs/${domain}.key`]: key,
    "secrets/admin-password": adminPassword,
  };
}
