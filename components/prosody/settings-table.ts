// The generated settings.lua: what the Lua files under config-templates/prosody vary by.
import type { Surroundings } from "../../platform/workload.ts";
import { hasPrivateAuthority } from "../../settings/certificates.ts";
import { adminsOf, hostsOf, jidText, namesOf } from "../../settings/hosts.ts";
import { type DomainName, domainName, fileNameOf } from "../../settings/names.ts";
import { balancedPorts, containerPorts, portInUrl } from "../../settings/ports.ts";
import type { Settings } from "../../settings/schema.ts";
import { sqlTable } from "../postgres/database.ts";
import { canaryName, canarySecretFile, hasCanary } from "./canary.ts";
import type { LuaValue } from "./lua.ts";

export type SettingsTable = Readonly<Record<string, LuaValue | undefined>>;

/**
 * The table of a stack. It names secret files and holds no secret. What is not published is left out, so that Prosody
 * neither listens for it nor tells clients of it: `front` with each domain's `upload`, `upload_url` and `url`, and
 * `ports.proxy65` with each domain's `proxy`.
 */
export function settingsTable(settings: Settings, stack: string, surroundings: Pick<Surroundings, "peers" | "strangers" | "host">): SettingsTable {
  const { limits, registration, logins, spam, uploads, archive, modules, publish } = settings;
  return {
    stack,
    environment: settings.environment,
    platform: settings.platform,
    policies: (["security", "performance", "compliance"] as const).filter((policy) => settings.policies[policy]),
    overrides: settings.overrides !== undefined,
    private_ca: hasPrivateAuthority(settings),
    log_level: settings.logs.level,
    log_format: settings.logs.format,
    audit: { keep: settings.logs.audit === "never" ? undefined : settings.logs.audit, shorten: settings.policies.compliance },
    primary: settings.domains[0]!.name.unicode,
    domains: settings.domains.map((domain) => domainTable(settings, domain)),
    modules: {
      classes: Object.fromEntries((["core", "security", "beta", "alpha"] as const).map((name) => [name, modules.classes.includes(name)])),
      add: byHost(settings, modules.add),
      remove: byHost(settings, modules.remove),
    },
    ports: { ...containerPorts, ...(publish.proxyProtocol.length === 0 ? {} : balancedPorts), proxy65: publish.proxy65 || undefined },
    use_ipv6: settings.network.ipv6,
    front: publish.https !== 0,
    monitoring: settings.monitoring !== "off",
    // Where the front is, which says whom it speaks for. No port that trusts it is published.
    trusted_proxies: surroundings.peers,
    balancers: publish.proxyProtocol.length === 0 ? undefined : publish.proxyProtocol,
    limits: {
      c2s: { rate: limits.c2s.rate, burst: `${limits.c2s.burst}s` },
      s2s: { rate: limits.s2s.rate, burst: `${limits.s2s.burst}s` },
    },
    stanza_size: { c2s: limits.c2sStanza, s2s: limits.s2sStanza },
    logins: {
      failures_per_account: logins.failuresPerAccount,
      failures_per_address: logins.failuresPerAddress,
      max_delay: logins.maxDelay,
      forget_after: logins.forgetAfter,
      shared: surroundings.strangers,
    },
    sessions: {
      per_account: settings.sessions.perAccount,
      per_address: settings.sessions.perAddress,
      total: settings.sessions.total,
      shared: surroundings.strangers,
    },
    spam: { level: spam.level, quarantine: spam.quarantine },
    federation: federationTable(settings),
    shared_list: spam.sharedList?.unicode,
    uploads: {
      size_limit: uploads.maxSize,
      daily_quota: uploads.dailyQuota,
      global_quota: uploads.totalQuota,
      expires_after: uploads.keep,
    },
    archive: { messages: archive.messages, rooms: archive.rooms },
    storage: { ...sqlTable(settings, surroundings) },
    registration_blocklists: registration.blocklists.map(({ unicode }) => unicode),
    passwords: { min_length: settings.passwords.minLength },
    registration: {
      mode: registration.mode,
      confirm: registration.confirm,
      invite_expiry: registration.inviteExpiry,
      throttle_max: registration.perAddress,
      throttle_period: registration.period,
    },
    welcome_message: settings.welcomeMessage,
    turn: turnTable(settings),
    components: [],
  };
}

function domainTable(settings: Settings, domain: Settings["domains"][number]): Readonly<Record<string, LuaValue | undefined>> {
  const hosts = hostsOf(domain);
  const admins = adminsOf(settings).filter((admin) => admin.domain.ascii === hosts.name.ascii);
  const { https, proxy65 } = settings.publish;
  const contact = admins.map((admin) => `xmpp:${jidText(admin)}`);
  return {
    name: hosts.name.unicode,
    rooms: hosts.rooms.unicode,
    pubsub: hosts.pubsub.unicode,
    proxy: proxy65 === 0 ? undefined : hosts.proxy.unicode,
    admins: admins.map((admin) => ({ username: admin.username, secret: adminPasswordFile(admin) })),
    canary: hasCanary(settings) && domain === settings.domains[0] ? { username: canaryName, secret: canarySecretFile } : undefined,
    ...(https === 0 ? {} : { url: `https://${hosts.name.ascii}${portInUrl(https)}/`, upload: hosts.upload.unicode, upload_url: `https://${hosts.upload.ascii}${portInUrl(https)}/` }),
    contact: { admin: contact, abuse: contact, support: contact, security: contact },
  };
}

/** Clients reach the TURN server by the first domain, whose certificate it shows, or as they are told. */
function turnTable({ turn, domains }: Settings): LuaValue | undefined {
  if (!turn.enabled) return undefined;
  return { host: (turn.host ?? domains[0]!.name).ascii, port: turn.port, tls_port: turn.tlsPort, ttl: turn.ttl, secret: turnSecretFile };
}

/** Name of the file below secrets/ with what credentials for TURN are made from. */
export const turnSecretFile = "turn-secret";

/** For mod_stack_federation, by Prosody's host names: a domain's own rules are its components' too. */
function federationTable({ domains, federation, spam }: Settings): LuaValue {
  const rule = ({ mode, allow = [] }: { readonly mode: string; readonly allow?: readonly DomainName[] | undefined }) => ({ mode, allow: allow.map(({ unicode }) => unicode) });
  const own = Object.entries(federation.domains).flatMap(([name, given]) => {
    const domain = domains.find((served) => served.name.ascii === domainName(name)?.ascii)!;
    return namesOf(hostsOf(domain)).map(({ unicode }) => [unicode, rule(given)]);
  });
  return { ...rule(federation), blocked: spam.block, hosts: Object.fromEntries(own) as Record<string, LuaValue> };
}

/** Name of the file below secrets/ with an administrator's first password. */
export function adminPasswordFile(admin: Parameters<typeof fileNameOf>[0]): string {
  return `admin-password.${fileNameOf(admin)}`;
}

/** Module lists by Prosody's host names; "*" stands for every domain (not its components). */
function byHost(settings: Settings, lists: Readonly<Record<string, readonly string[]>>): LuaValue {
  const all = settings.domains.flatMap((domain) => namesOf(hostsOf(domain)));
  const domains = new Set(settings.domains.map(({ name }) => name.ascii));
  return Object.fromEntries(
    all.flatMap(({ ascii, unicode }) => {
      const names = Object.entries(lists)
        .filter(([host]) => (host === "*" ? domains.has(ascii) : domainName(host)?.ascii === ascii))
        .flatMap(([, list]) => list);
      return names.length > 0 ? [[unicode, [...new Set(names)].toSorted()]] : [];
    }),
  );
}
