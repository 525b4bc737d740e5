// What each file of the tree is there for, as something that can be seen from outside.
import { exampleRegistration, integrations, postgres, withoutFrontAndProxy } from "./example-settings.ts";
import type { Settings } from "./example-settings.ts";

export interface Fact {
  /** The file that brings it about. */
  readonly file: string;
  /** What has to be in the settings for it. */
  readonly given?: Settings;
  readonly host?: string;
  /** An option of the host (of the global section without host) and its value, or a module that the host runs. */
  readonly is: { readonly option: string; readonly value: unknown } | { readonly module: string; readonly runs: boolean };
}

const domain = "xmpp.localhost";
const rooms = `conference.${domain}`;
const uploads = `upload.${domain}`;
const withoutFront = withoutFrontAndProxy(domain);
const option = (name: string, value: unknown): Fact["is"] => ({ option: name, value });
const runs = (module: string): Fact["is"] => ({ module, runs: true });
const runsNot = (module: string): Fact["is"] => ({ module, runs: false });

/** At least one thing that each file of the tree brings about. */
export const facts: readonly Fact[] = [
  { file: "domains/main.cfg.lua", host: domain, is: runs("stack_admins") },
  { file: "domains/main.cfg.lua", host: domain, is: option("stack_admins", [{ username: "admin", password: `value of admin-password.admin@${domain}` }]) },
  { file: "domains/main.cfg.lua", host: rooms, is: option("admins", [`admin@${domain}`]) },
  { file: "domains/main.cfg.lua", given: integrations, host: domain, is: option("admins", [`admin@${domain}`]) },
  { file: "domains/main.cfg.lua", host: rooms, is: option("parent_host", domain) },

  { file: "stack/01-transport/ports.cfg.lua", is: option("s2s_direct_tls_ports", [5270]) },
  { file: "stack/01-transport/ports.cfg.lua", is: option("http_ports", [5280]) },
  { file: "stack/01-transport/ports.cfg.lua", is: option("https_ports", {}) },
  { file: "stack/01-transport/ports.cfg.lua", given: withoutFront, is: option("https_ports", {}) },
  { file: "stack/01-transport/ports.cfg.lua", is: option("stack_proxied_c2s_ports", [15223]) },
  { file: "stack/01-transport/ports.cfg.lua", is: option("stack_proxied_s2s_ports", [15270]) },
  { file: "stack/01-transport/ports.cfg.lua", is: option("stack_proxied_networks", ["172.30.11.0/24"]) },
  { file: "stack/01-transport/ports.cfg.lua", host: domain, is: runs("stack_proxied") },
  { file: "stack/01-transport/tls.cfg.lua", host: domain, is: runs("tls") },
  { file: "stack/01-transport/tls.cfg.lua", is: option("tls_profile", "intermediate") },
  { file: "stack/01-transport/tls.cfg.lua", is: option("c2s_direct_tls_ssl", { alpn: ["xmpp-client"] }) },
  { file: "stack/01-transport/compression.cfg.lua", is: option("ssl_compression", false) },
  {
    file: "stack/01-transport/connections.cfg.lua",
    is: option("limits", { c2s: { rate: "10kb/s", burst: "2s" }, s2sin: { rate: "30kb/s", burst: "2s" } }),
  },
  { file: "stack/01-transport/connections.cfg.lua", host: domain, is: runs("stack_read_timeout") },

  { file: "stack/02-stream/authentication.cfg.lua", host: domain, is: runs("sasl2_fast") },
  { file: "stack/02-stream/authentication.cfg.lua", is: option("password_hash", "SHA-256") },
  { file: "stack/02-stream/authentication.cfg.lua", host: domain, is: runs("stack_login_delay") },
  { file: "stack/02-stream/encryption.cfg.lua", is: option("s2s_secure_auth", true) },
  { file: "stack/02-stream/management.cfg.lua", host: domain, is: runs("smacks") },
  { file: "stack/02-stream/negotiation.cfg.lua", host: domain, is: runs("disco") },

  { file: "stack/03-stanza/routing.cfg.lua", host: rooms, is: runs("ping") },
  { file: "stack/03-stanza/filtering.cfg.lua", host: domain, is: runs("firewall") },
  { file: "stack/03-stanza/filtering.cfg.lua", host: domain, is: runs("stack_quarantine") },
  { file: "stack/03-stanza/filtering.cfg.lua", host: domain, is: runs("stack_federation") },
  { file: "stack/03-stanza/filtering.cfg.lua", host: domain, is: runs("stack_reports") },
  { file: "stack/03-stanza/filtering.cfg.lua", given: integrations, is: option("anti_spam_services", ["lists.example.net"]) },
  { file: "stack/03-stanza/filtering.cfg.lua", given: integrations, host: rooms, is: runs("stack_shared_lists") },
  { file: "stack/02-stream/management.cfg.lua", host: domain, is: runs("stack_session_limits") },
  { file: "stack/03-stanza/filtering.cfg.lua", given: { spam: { level: "off", quarantine: 60 } }, is: option("stack_quarantine", 60) },
  { file: "stack/03-stanza/validation.cfg.lua", is: option("c2s_stanza_size_limit", 262144) },
  {
    file: "stack/03-stanza/processing.cfg.lua",
    given: { welcome_message: "Hello" },
    is: option("welcome_message", "Hello"),
  },

  { file: "stack/04-protocol/core.cfg.lua", host: domain, is: runs("roster") },
  { file: "stack/04-protocol/extensions.cfg.lua", given: integrations, host: domain, is: runs("reload_modules") },
  { file: "stack/04-protocol/extensions.cfg.lua", given: integrations, is: option("reload_modules", ["turn_external", "external_services"]) },
  { file: "stack/04-protocol/extensions.cfg.lua", given: integrations, is: option("turn_external_tcp", true) },
  { file: "stack/04-protocol/extensions.cfg.lua", host: domain, is: runs("user_account_management") },
  {
    file: "stack/04-protocol/extensions.cfg.lua",
    given: { registration: exampleRegistration("invite") },
    host: domain,
    is: runs("invites_register"),
  },
  {
    file: "stack/04-protocol/extensions.cfg.lua",
    given: { registration: exampleRegistration("open") },
    is: option("registration_invite_only", false),
  },
  {
    file: "stack/04-protocol/extensions.cfg.lua",
    given: { registration: exampleRegistration("open") },
    host: domain,
    is: option("registration_watchers", [`admin@${domain}`]),
  },
  { file: "stack/04-protocol/extensions.cfg.lua", host: domain, is: runs("stack_newcomers") },
  { file: "stack/04-protocol/extensions.cfg.lua", is: option("stack_registration_blocklists", ["dnsbl.example"]) },
  { file: "stack/02-stream/authentication.cfg.lua", host: domain, is: runs("password_policy") },
  { file: "stack/02-stream/authentication.cfg.lua", given: { passwords: { min_length: 9 } }, is: option("password_policy", { length: 9 }) },
  { file: "policies/security.cfg.lua", given: { policies: ["security"], passwords: { min_length: 9 } }, is: option("password_policy", { length: 12 }) },
  { file: "stack/04-protocol/legacy.cfg.lua", host: domain, is: runs("vcard_legacy") },
  { file: "stack/04-protocol/experimental.cfg.lua", host: rooms, is: runs("muc_moderation") },

  { file: "stack/05-services/messaging.cfg.lua", host: domain, is: runs("carbons") },
  { file: "stack/05-services/presence.cfg.lua", is: option("ignore_presence_priority", false) },
  { file: "stack/05-services/groupchat.cfg.lua", host: rooms, is: runs("muc_mam") },
  { file: "stack/05-services/groupchat.cfg.lua", host: rooms, is: option("restrict_room_creation", "local") },
  { file: "stack/05-services/pubsub.cfg.lua", host: domain, is: runs("pep") },
  { file: "stack/05-services/pubsub.cfg.lua", host: `pubsub.${domain}`, is: option("expose_publisher", false) },

  { file: "stack/06-storage/backends.cfg.lua", is: option("sql", { driver: "SQLite3", database: "prosody.sqlite" }) },
  { file: "stack/06-storage/backends.cfg.lua", is: option("sqlite_tune", "normal") },
  { file: "stack/06-storage/backends.cfg.lua", given: postgres, is: option("sql", postgres["storage"]) },
  { file: "stack/06-storage/archiving.cfg.lua", is: option("archive_expires_after", "1y") },
  { file: "stack/06-storage/archiving.cfg.lua", host: rooms, is: option("muc_log_expires_after", "2y") },
  { file: "stack/06-storage/caching.cfg.lua", host: rooms, is: option("muc_room_cache_size", 100) },
  { file: "stack/06-storage/migration.cfg.lua", is: option("sql_manage_tables", true) },

  { file: "stack/07-interfaces/http.cfg.lua", is: option("openmetrics_allow_ips", ["127.0.0.1", "::1"]) },
  { file: "stack/07-interfaces/http.cfg.lua", is: option("openmetrics_allow_cidr", "::/0") },
  { file: "stack/07-interfaces/http.cfg.lua", is: option("stack_measure_networks", ["172.30.11.0/24"]) },
  { file: "stack/07-interfaces/http.cfg.lua", host: domain, is: runs("stack_measure_logins") },
  { file: "stack/07-interfaces/http.cfg.lua", is: option("trusted_proxies", ["172.30.11.0/24"]) },
  { file: "stack/07-interfaces/http.cfg.lua", host: domain, is: option("http_external_url", `https://${domain}/`) },
  { file: "stack/07-interfaces/http.cfg.lua", host: uploads, is: option("http_external_url", `https://upload.${domain}/`) },
  { file: "stack/07-interfaces/http.cfg.lua", host: uploads, is: option("http_file_share_expires_after", "30 days") },
  { file: "stack/07-interfaces/http.cfg.lua", host: uploads, is: option("stack_upload_directory", "/var/lib/prosody-uploads") },
  { file: "stack/07-interfaces/http.cfg.lua", host: uploads, is: runs("stack_uploads") },
  { file: "stack/07-interfaces/websocket.cfg.lua", host: domain, is: runs("websocket") },
  { file: "stack/07-interfaces/websocket.cfg.lua", host: domain, is: runs("http_altconnect") },
  { file: "stack/07-interfaces/websocket.cfg.lua", is: option("consider_websocket_secure", true) },
  { file: "stack/07-interfaces/websocket.cfg.lua", given: withoutFront, is: option("consider_websocket_secure", false) },
  { file: "stack/07-interfaces/bosh.cfg.lua", host: domain, is: runs("bosh") },
  { file: "stack/07-interfaces/bosh.cfg.lua", is: option("consider_bosh_secure", true) },
  { file: "stack/07-interfaces/bosh.cfg.lua", given: withoutFront, is: option("consider_bosh_secure", false) },
  { file: "stack/07-interfaces/components.cfg.lua", host: `proxy.${domain}`, is: option("proxy65_acl", [domain]) },
  {
    file: "stack/07-interfaces/components.cfg.lua",
    given: integrations,
    host: "gateway.xmpp.localhost",
    is: option("component_secret", "value of component-secret.gateway.xmpp.localhost"),
  },

  { file: "stack/08-integration/ldap.cfg.lua", given: integrations, host: domain, is: option("authentication", "ldap") },
  { file: "stack/08-integration/oauth.cfg.lua", given: integrations, host: domain, is: runs("http_oauth2") },
  {
    file: "stack/08-integration/webhooks.cfg.lua",
    given: integrations,
    host: `webhook.${domain}`,
    is: option("rest_callback_url", "https://hooks.xmpp.localhost/"),
  },
  { file: "stack/08-integration/apis.cfg.lua", host: domain, is: runs("admin_shell") },

  {
    file: "policies/security.cfg.lua",
    given: { policies: ["security"] },
    is: option("disable_sasl_mechanisms", ["DIGEST-MD5", "LOGIN", "PLAIN", "OAUTHBEARER"]),
  },
  { file: "policies/security.cfg.lua", given: { policies: ["security"] }, host: domain, is: runsNot("version") },
  { file: "policies/performance.cfg.lua", given: { policies: ["performance"] }, is: option("gc", { mode: "generational" }) },
  {
    file: "policies/performance.cfg.lua",
    given: { policies: ["performance"] },
    host: rooms,
    is: option("muc_room_cache_size", 1000),
  },
  { file: "policies/compliance.cfg.lua", given: { policies: ["compliance"] }, is: option("default_archive_policy", "roster") },
  {
    file: "policies/compliance.cfg.lua",
    given: { environment: "production", policies: ["compliance", "security"] },
    is: option("log_auth_ips", "failure"),
  },
  {
    file: "policies/compliance.cfg.lua",
    given: { environment: "development", policies: ["compliance", "security"] },
    is: option("log_auth_ips", "failure"),
  },
  { file: "policies/compliance.cfg.lua", given: { policies: ["compliance"] }, host: domain, is: runsNot("lastactivity") },

  { file: "environments/docker.cfg.lua", is: option("http_interfaces", ["*"]) },
  { file: "environments/docker.cfg.lua", given: { use_ipv6: true }, is: option("http_interfaces", ["*", "::"]) },
  { file: "environments/docker.cfg.lua", given: withoutFront, is: option("http_interfaces", ["127.0.0.1"]) },
  { file: "environments/docker.cfg.lua", given: { ...withoutFront, use_ipv6: true }, is: option("http_interfaces", ["127.0.0.1", "::1"]) },
  {
    file: "environments/kubernetes.cfg.lua",
    given: { platform: "kubernetes", use_ipv6: true },
    is: option("http_interfaces", ["*", "::"]),
  },
  { file: "environments/development.cfg.lua", is: option("http_errors_detailed", true) },
  { file: "environments/development.cfg.lua", is: option("log_auth_ips", "all") },
  { file: "environments/production.cfg.lua", given: { environment: "production" }, is: option("cron_initial_delay", 300) },
];
