// Settings against spam and abuse that cannot work.
import type { Rule } from "./checks.ts";
import { hostsOf, namesOf } from "./hosts.ts";
import { domainName } from "./names.ts";
import type { Problem } from "./problems.ts";
import type { Settings } from "./schema.ts";

/** Streams that have not logged in are closed after a minute: what waits longer would never be answered. */
const longestDelay = 30;

export const abuseRules: readonly Rule[] = [
  { reads: ["environment", "registration"], check: openRegistration },
  { reads: ["logins"], check: loginProblems },
  { reads: ["domains", "spam"], check: blockedAtHome },
  { reads: ["domains", "federation"], check: federationProblems },
  { reads: ["domains", "federation", "spam"], check: sharedListOutOfReach },
];

function loginProblems({ logins }: Settings): Problem[] {
  return logins.maxDelay <= longestDelay ? [] : [{ key: "logins.maxDelay", text: `found ${logins.maxDelay}s, expected at most ${longestDelay}s: a stream without a login is closed after a minute` }];
}

/** A server where anybody makes accounts is a spammer's, unless somebody looks after it. */
function openRegistration({ environment, registration: { mode, openInProduction } }: Settings): Problem[] {
  return environment === "production" && mode === "open" && !openInProduction
    ? [{ key: "registration.mode", text: "found open in the production environment, expected closed or invite; set registration.openInProduction to true if anybody shall make accounts here" }]
    : [];
}

/** Block lists are for other servers: what is here does not come by a stream from there. */
function blockedAtHome({ domains, spam }: Settings): Problem[] {
  const own = new Set(domains.flatMap((domain) => namesOf(hostsOf(domain)).map(({ unicode }) => unicode)));
  return spam.block.flatMap((entry, index) => {
    const host = entry.slice(entry.lastIndexOf("@") + 1);
    return own.has(host) ? [{ key: `spam.block[${index}]`, text: `found ${entry}, which is of this stack; expected others (an account here: prosodyctl shell user disable)` }] : [];
  });
}

/** Lists that say nothing, and rules for domains that are not here. */
function federationProblems({ domains, federation }: Settings): Problem[] {
  const served = new Set(domains.map(({ name }) => name.ascii));
  return [
    ...allowProblems("federation", federation),
    ...Object.entries(federation.domains).flatMap(([domain, rule]) => [
      ...(served.has(domainName(domain)?.ascii ?? "") ? [] : [{ key: `federation.domains.${domain}`, text: `found a domain that this stack does not have, expected one of ${[...served].join(", ")}` }]),
      ...allowProblems(`federation.domains.${domain}`, { allow: [], ...rule }),
    ]),
  ];
}

/** Every domain asks the shared list's service for itself. */
function sharedListOutOfReach({ domains, federation, spam: { sharedList, block } }: Settings): Problem[] {
  if (!sharedList) return [];
  const { unicode: service } = sharedList;
  const within = (names: readonly string[]) => names.some((name) => service === name || service.endsWith(`.${name}`));
  if (within(block)) return [{ key: "spam.sharedList", text: `found ${service}, which spam.block names; expected one of both` }];
  const cutOff = domains.filter(({ name }) => {
    const own = Object.entries(federation.domains).find(([key]) => domainName(key)?.ascii === name.ascii)?.[1];
    const { mode, allow = [] } = own ?? federation;
    return mode === "off" || (mode === "allowlist" && !within(allow.map(({ unicode }) => unicode)));
  });
  return cutOff.map(({ name }) => ({ key: "spam.sharedList", text: `found ${service}, with which ${name.unicode} does not talk by federation; expected a server that it does, add it to allow` }));
}

function allowProblems(key: string, { mode, allow = [] }: { readonly mode: string; readonly allow?: readonly unknown[] | undefined }): Problem[] {
  if (mode === "allowlist" && allow.length === 0) return [{ key: `${key}.allow`, text: "found no domain with mode allowlist, expected at least one; set mode to off to talk with nobody" }];
  if (mode !== "allowlist" && allow.length > 0) return [{ key: `${key}.allow`, text: `found domains with mode ${mode}, expected none; set mode to allowlist to talk with these only` }];
  return [];
}
