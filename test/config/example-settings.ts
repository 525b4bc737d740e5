// Settings of a small service, as the program generates them, for trees that tests load.
import type { LuaValue } from "../../components/prosody/lua.ts";

export type Settings = { [key: string]: LuaValue | undefined };

/** A domain with its components and one administrator. `ascii` is the form of its name that URLs have. */
export function exampleDomain(name: string, ascii = name): { [key: string]: LuaValue } {
  return {
    name,
    rooms: `conference.${name}`,
    upload: `upload.${name}`,
    pubsub: `pubsub.${name}`,
    proxy: `proxy.${name}`,
    admins: [{ username: "admin", secret: `admin-password.admin@${name}` }],
    url: `https://${ascii}/`,
    upload_url: `https://upload.${ascii}/`,
    contact: { admin: [`xmpp:admin@${name}`], abuse: [`xmpp:admin@${name}`] },
  };
}

/** What is other where clients reach neither HTTPS, for which there is the front, nor the proxy. */
export function withoutFrontAndProxy(name: string): Settings {
  const left = new Set(["upload", "proxy", "url", "upload_url"]);
  const domain = Object.fromEntries(Object.entries(exampleDomain(name)).filter(([key]) => !left.has(key)));
  return { front: false, monitoring: false, ports: { ...examplePorts, proxy65: undefined }, domains: [domain] };
}

export const exampleRegistration = (mode: string): LuaValue => ({ mode, confirm: true, invite_expiry: 604800, throttle_max: 5, throttle_period: 3600 });

const examplePorts = { c2s: 5222, c2s_direct_tls: 5223, s2s: 5269, s2s_direct_tls: 5270, http: 5280, c2s_proxied: 15223, s2s_proxied: 15270, proxy65: 5000 };

/** The settings of the personal scale for `xmpp.localhost`; `overrides` replaces top-level keys. */
export function exampleSettings(overrides: Settings = {}): Settings {
  return {
    stack: "dev",
    environment: "development",
    platform: "docker",
    policies: [],
    overrides: false,
    log_level: "info",
    log_format: "text",
    audit: { keep: 7776000, shorten: false },
    primary: "xmpp.localhost",
    domains: [exampleDomain("xmpp.localhost")],
    private_ca: false,
    front: true,
    monitoring: true,
    modules: { classes: { core: true, security: true, beta: true, alpha: true }, add: {}, remove: {} },
    ports: examplePorts,
    use_ipv6: false,
    trusted_proxies: ["172.30.11.0/24"],
    limits: { c2s: { rate: "10kb/s", burst: "2s" }, s2s: { rate: "30kb/s", burst: "2s" } },
    stanza_size: { c2s: 262144, s2s: 524288 },
    logins: { failures_per_account: 5, failures_per_address: 20, max_delay: 15, forget_after: 900, shared: [] },
    sessions: { per_account: 20, per_address: 256, total: 500, shared: [] },
    spam: { level: "standard", quarantine: 3600 },
    federation: { mode: "open", allow: [], blocked: [], hosts: {} },
    uploads: { size_limit: 10485760, daily_quota: 104857600, global_quota: 1073741824, expires_after: "30 days" },
    archive: { messages: "1y", rooms: "2y" },
    storage: { driver: "SQLite3", database: "prosody.sqlite" },
    registration: exampleRegistration("closed"),
    registration_blocklists: ["dnsbl.example"],
    passwords: { min_length: 8 },
    components: [],
    ...overrides,
  };
}

export const postgres: Settings = {
  storage: { driver: "PostgreSQL", database: "prosody", host: "postgres", port: 5432, username: "prosody" },
};

/** Everything that is off unless the settings ask for it. */
export const integrations: Settings = {
  registration: exampleRegistration("invite"),
  shared_list: "lists.example.net",
  welcome_message: "Welcome to $host, $username.",
  private_ca: true,
  turn: { host: "turn.xmpp.localhost", port: 3478, tls_port: 5349, secret: "turn-secret", ttl: 86400 },
  ldap: {
    server: "ldap.xmpp.localhost",
    tls: true,
    base: "ou=people,dc=xmpp,dc=localhost",
    filter: "(uid=$user)",
    rootdn: "cn=prosody,dc=xmpp,dc=localhost",
    secret: "ldap-password",
    mode: "getpasswd",
  },
  oauth: { registration_secret: "oauth-registration-key" },
  webhook: { url: "https://hooks.xmpp.localhost/", secret: "webhook-secret" },
  components: [{ host: "gateway.xmpp.localhost", secret: "component-secret.gateway.xmpp.localhost" }],
};
