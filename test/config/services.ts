// Services whose trees the tests load.
import { exampleDomain, exampleSettings, integrations, postgres, withoutFrontAndProxy } from "./example-settings.ts";
import type { Settings } from "./example-settings.ts";
import type { Tree } from "./tree.ts";

const domain = "xmpp.localhost";
const rooms = `conference.${domain}`;
const subsets = [0, 1, 2, 3, 4, 5, 6, 7].map((bits) =>
  ["security", "performance", "compliance"].filter((_, index) => bits & (1 << index)),
);
const international = {
  domains: [exampleDomain("xmpp.localhost"), exampleDomain("bücher.example", "xn--bcher-kva.example")],
};

/** Settings that a service may well have: every environment, platform, database and choice of policies, and more. */
export const services: ReadonlyMap<string, Settings> = new Map([
  ...["development", "production"].flatMap((environment) =>
    ["docker", "kubernetes"].flatMap((platform) =>
      subsets.flatMap((policies) =>
        Object.entries({ SQLite: {}, PostgreSQL: postgres }).map(([database, storage]): [string, Settings] => [
          [environment, platform, database, ...policies].join(" "),
          exampleSettings({ environment, platform, policies, ...storage }),
        ]),
      ),
    ),
  ),
  ["two domains, one international", exampleSettings(international)],
  ["two domains with IPv6", exampleSettings({ ...international, use_ipv6: true, trusted_proxies: ["172.30.11.0/24", "fd00:30:11::/64"] })],
  ["neither front nor proxy", exampleSettings(withoutFrontAndProxy(domain))],
  ["no front, and monitoring", exampleSettings({ ...withoutFrontAndProxy(domain), monitoring: true, log_format: "json" })],
  ["everything that is optional", exampleSettings({ ...integrations, ...international })],
  [
    "everything that is optional, all policies",
    exampleSettings({ ...integrations, ...international, policies: ["security", "performance", "compliance"] }),
  ],
  [
    "core modules only",
    exampleSettings({ modules: { classes: { core: true, security: true, beta: false, alpha: false }, add: {}, remove: {} } }),
  ],
]);

const spamLevels = Object.fromEntries(["off", "standard", "strict"].map((level) => [`spam ${level}`, { settings: exampleSettings({ spam: { level, quarantine: 3600 } }) }]));

/** Trees for single tests. */
export const special = {
  ...spamLevels,
  "modules of the operator's choice": {
    settings: exampleSettings({
      modules: {
        classes: { core: true, security: true, beta: true, alpha: true },
        add: { [domain]: ["motd"], [rooms]: ["muc_restrict_nick"] },
        remove: { [domain]: ["lastactivity"], [rooms]: ["muc_search"] },
      },
    }),
  },
  "with an overrides file": {
    settings: exampleSettings({ overrides: true, policies: ["performance"] }),
    overrides: 'c2s_timeout = "7 minutes"\n',
  },
  "LDAP in bind mode": {
    settings: exampleSettings({
      policies: ["security"],
      ldap: { ...(integrations["ldap"] as Record<string, string>), mode: "bind" },
    }),
  },
  "rooms outside the domain": {
    settings: exampleSettings({ domains: [{ ...exampleDomain(domain), rooms: "groups.example.net" }] }),
  },
  "private authority": { settings: exampleSettings({ private_ca: true }) },
  "without administrators": { settings: exampleSettings({ domains: [{ ...exampleDomain(domain), admins: [] }] }) },
  "international domain": { settings: services.get("two domains, one international")! },
} satisfies Record<string, Tree>;
