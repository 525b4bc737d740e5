// The one schema of everything an operator can set. Descriptions end up in Pulumi.yaml and docs/settings.md; an
// `error` says what is expected, and settings/problems.ts makes the line of it.
import { isIP } from "node:net";
import { z } from "zod";
import { federationSettings, loginSettings, passwordSettings, registrationSettings, sessionSettings, spamSettings } from "./abuse.ts";
import { backupSettings, generationSettings, restoreSettings } from "./backup.ts";
import { address, color, domain, duration, group, jid, oneOf, passwordText, perHost, port, rate, retention, size, subnet, subnet6, text, wholeNumber, yesOrNo } from "./fields.ts";
import { kubernetesSettings } from "./kubernetes.ts";
import { languages } from "./languages.ts";
import { alertsSettings, grafanaSettings, monitoringStorage, probesSettings, prometheusSettings, scrapeSettings } from "./monitoring.ts";
import { shipSettings } from "./shipping.ts";
import { turnSettings } from "./turn.ts";

const webClientName = "a name of 1 to 64 characters";
const rateLimit = group({
  rate: rate.describe("Bytes per second before reading is slowed down."),
  burst: duration.describe("How long that rate may be exceeded (Prosody takes a duration here, not bytes)."),
});

const cpusText = "a number of CPUs from 0.1 to 64";
const cpus = z.number({ error: cpusText }).min(0.1, { error: cpusText }).max(64, { error: cpusText });

const databaseKind = z.enum(["sqlite", "postgresql", "external"], {
  error: ({ input }) => `one of sqlite, postgresql, external${/^(mysql|mariadb)$/i.test(String(input)) ? "; Prosody 13 has no safe way to write to MySQL (docs/not-possible.md)" : ""}`,
});

const domainSettings = group({
  name: domain.describe("The XMPP domain, the part behind the @. Unicode names are taken as they are."),
  rooms: domain.optional().describe("Host name of the chat rooms; default conference.<name>."),
  upload: domain.optional().describe("Host name of uploads; default upload.<name>."),
  pubsub: domain.optional().describe("Host name of publish-subscribe; default pubsub.<name>."),
  proxy: domain.optional().describe("Host name of the SOCKS5 proxy; default proxy.<name>."),
});

export const settingsSchema = group({
  scale: oneOf("personal", "community", "enterprise").describe("The set of defaults: for 1–50, 50–500 or 500 and more people."),
  platform: oneOf("docker", "kubernetes").describe("Where it runs; by default as the scale says."),
  environment: oneOf("development", "production").describe("production, or development, which publishes on loopback addresses only and explains HTTP errors in detail."),
  namespace: text("a name")
    .regex(/^[a-z][a-z0-9-]{0,39}$/, { error: "lower-case letters, digits and hyphens, at most 40, beginning with a letter" })
    .describe("Prefix of every container, volume and network name; default xmpp-<stack>."),
  domains: z
    .array(domainSettings, { error: 'a list of domains, such as [{name: xmpp.example.org}]' })
    .min(1, { error: "at least one domain, such as [{name: xmpp.example.org}]" })
    .describe("The XMPP domains that are served; any number."),
  admins: z.array(jid, { error: 'a list of JIDs, such as ["admin@xmpp.example.org"]' }).describe("Administrators; default admin@<each domain>."),
  adminPasswords: z
    .record(z.string(), text(passwordText).regex(/^\P{Cc}{8,}$/u, { error: passwordText }), { error: "an object of JIDs and passwords" })
    .describe("First passwords by JID (set them with --secret); one that is not given is made up at random."),
  secrets: z
    .record(z.string(), text("a text"), { error: "an object of file names and texts" })
    .describe("Files for secrets/ beside the configuration, for `overrides` to read with FileLine (set them with --secret)."),
  certificates: z
    .record(
      z.string(),
      group({
        certificate: text("the PEM text of the certificate and its chain, or a path to it").describe("Certificate with the domain and all its components as alternative names, and its chain."),
        key: text("the PEM text of the private key, or a path to it").describe("Its private key, unencrypted (set it with --secret, or name a file)."),
      }),
      { error: "an object of domains, each with certificate and key" },
    )
    .describe("Certificates of your own by domain, as PEM or paths; a domain without one gets one from the stack's private CA."),
  replicas: wholeNumber(1, 64).describe("How many Prosody processes the homes (domains and their components) are spread over."),
  resources: group({
    memory: size.describe("Memory limit of Prosody."),
    cpus: cpus.describe("CPU limit of Prosody, which uses one core at most."),
    pids: wholeNumber(16, 4096).describe("How many processes and threads a service may have."),
  }).describe("Resources of Prosody."),
  health: group({
    interval: duration.describe("Time between two health checks."),
    timeout: duration.describe("Time after which a health check has failed."),
    retries: wholeNumber(1, 100).describe("Failed checks in a row that make a service unhealthy."),
    startPeriod: duration.describe("Time after a start in which failed checks do not count."),
  }).describe("Health checks."),
  stopGrace: duration.describe("Time a service gets to stop before it is killed."),
  logs: group({
    level: oneOf("debug", "info", "warn", "error").describe("The least important level that is logged."),
    format: oneOf("json", "text").describe("Lines of JSON for programs that read logs, or of text for people."),
    audit: retention.describe("How long the audit log is kept: logins, administrators' actions, invitations, changes of accounts."),
    maxSize: size.describe("Size at which a container's log file is rotated."),
    maxFiles: wholeNumber(1, 100).describe("Log files kept per container."),
    ship: shipSettings.describe("Where lines go besides: nowhere, unless it is said."),
  }).describe("Logs."),
  network: group({
    front: subnet.describe("Subnet of the network that reaches the outside."),
    back: subnet.describe("Subnet of the internal network."),
    ipv6: yesOrNo.describe("Whether both networks carry IPv6 too."),
    front6: subnet6.describe("IPv6 subnet of the front network."),
    back6: subnet6.describe("IPv6 subnet of the back network."),
  }).describe("Networks."),
  publish: group({
    addresses: z
      .array(text("an IP address").refine((value) => isIP(value) !== 0, { error: 'an IP address such as "0.0.0.0"' }), {
        error: "a list of IP addresses",
      })
      .min(1, { error: "at least one IP address" })
      .refine((addresses) => new Set(addresses).size === addresses.length, { error: "each IP address once" })
      .describe("Addresses of the machine on which ports are published."),
    c2s: port.describe("Clients, STARTTLS (RFC 6120)."),
    c2sDirectTls: port.describe("Clients, direct TLS (XEP-0368)."),
    s2s: port.describe("Servers, STARTTLS (RFC 6120)."),
    s2sDirectTls: port.describe("Servers, direct TLS (XEP-0368)."),
    https: port.describe("HTTPS (web client, uploads, WebSocket, BOSH) and, by ALPN, XMPP for clients and servers (XEP-0368); with 0 there are none of them. With front.behindProxy: the port of that proxy, for addresses only."),
    http: port.describe("Plain HTTP, which leads to HTTPS; with front.behindProxy what that proxy connects to."),
    proxy65: port.describe("SOCKS5 bytestreams (XEP-0065), on the same port inside the container; with 0 there are none."),
    proxyProtocol: z
      .array(address, { error: "a list of IP addresses and subnets" })
      .describe("Addresses of a load balancer before all published ports that begins each connection with a PROXY protocol header, which says whom it is from. Nobody else reaches the ports then."),
  }).describe("Published ports."),
  front: group({
    connectionsPerAddress: wholeNumber(1, 65535).describe("Connections at once from one address, which may be that of a whole office."),
    requestsPerSecond: wholeNumber(1, 100_000).describe("HTTP requests per second from one address, in the long run."),
    requestBurst: wholeNumber(1, 100_000).describe("HTTP requests that may come at once before that rate counts."),
    adminNetworks: z.array(address, { error: "a list of IP addresses and subnets" }).describe("Networks from which /metrics, /admin, /rest, /invites_api and /nginx_status are answered."),
    behindProxy: z
      .array(address, { error: "a list of IP addresses and subnets" })
      .describe("Addresses of a reverse proxy of your own that speaks HTTPS instead: whom it speaks for (X-Forwarded-For) is believed, and publish.http is for it alone. There is no XMPP on its port then."),
    workers: wholeNumber(1, 64).describe("Worker processes."),
    memory: size.describe("Memory limit of Nginx; old workers that a reload leaves behind count, of which at most four are kept."),
  }).describe("Nginx, the front for HTTPS."),
  tls: group({
    validity: duration.describe("How long a certificate of the private CA is valid."),
    renewBefore: duration.describe("How long before its end a certificate of the private CA is renewed by the next up."),
  }).describe("Certificates of the private CA."),
  limits: group({
    c2s: rateLimit.describe("Client connections."),
    s2s: rateLimit.describe("Incoming server connections."),
    c2sStanza: size.describe("Largest stanza of a client (XEP-0478)."),
    s2sStanza: size.describe("Largest stanza of a server (XEP-0478)."),
  }).describe("Rate and size limits."),
  registration: registrationSettings.describe("New accounts."),
  passwords: passwordSettings.describe("Passwords that users choose."),
  logins: loginSettings.describe("What failed logins cost those who try."),
  sessions: sessionSettings.describe("How many clients may be logged in at once."),
  spam: spamSettings.describe("Spam: limits on what comes from strangers, and who is blocked."),
  federation: federationSettings.describe("Other servers."),
  uploads: group({
    maxSize: size.describe("Largest file (XEP-0363)."),
    dailyQuota: size.describe("Bytes a user may upload in a day."),
    totalQuota: size.describe("Bytes of all uploads of a domain."),
    keep: retention.describe("How long a file is kept."),
  }).describe("File uploads."),
  archive: group({
    messages: retention.describe("How long a user's messages are kept (XEP-0313)."),
    rooms: retention.describe("How long a room's messages are kept (XEP-0313)."),
  }).describe("Message archives."),
  webClient: group({
    enabled: yesOrNo.describe("Whether every domain's site is a web client (Converse.js)."),
    name: text(webClientName).regex(/^(?=.*\S)\P{Cc}{1,64}$/u, { error: webClientName }).optional().describe("Name that the web client shows; default the domain."),
    logo: text("a path to an image file").optional().describe("Logo of the web client: a file with an SVG, PNG, JPEG or WebP image of at most 256 KiB; default that of Converse.js."),
    colors: group({
      primary: color.optional().describe("Colour of buttons, headings and links; default that of Converse.js."),
      background: color.optional().describe("Colour behind everything, dark or light; by default light or dark as the browser prefers."),
    }).describe("Colours of the web client."),
    language: oneOf("auto", ...languages).describe("Language of the web client (BCP 47), or auto for the browser's."),
  }).describe("The web client (Converse.js): whether there is one, its name, logo, colours and language."),
  turn: turnSettings.describe("Calls: STUN and TURN (Coturn, with its secrets in Redis)."),
  storage: group({
    data: size.describe("Size of the volume with accounts and archives. On Kubernetes; a Docker volume takes what the disk has. It may be raised later, where the storage class can grow volumes, and never lowered."),
    uploads: size.describe("Size of the volume with uploads, likewise; it has to hold uploads.totalQuota of every domain."),
    database: size.describe("Size of the volume of the stack's own PostgreSQL, likewise; its write-ahead log takes at most an eighth of it between two checkpoints."),
    backup: size.describe("Size of the volume with the local backups, likewise: a multiple of data, uploads and database."),
    monitoring: monitoringStorage,
    logs: size.describe("Size of the volume with lines that could not be shipped yet, likewise; it has to hold logs.ship.buffer twice."),
  }).describe("Volumes."),
  generation: generationSettings.describe("Which of the data volumes are in use."),
  backup: backupSettings.describe("Backups: of everything that makes the service, encrypted."),
  restore: restoreSettings.describe("A restore that is going on."),
  monitoring: oneOf("off", "own", "external").describe("Who watches the service: nobody (off), a Prometheus and an Alertmanager of the stack's own, or a Prometheus that you have (external)."),
  prometheus: prometheusSettings.describe("The stack's own Prometheus, where monitoring is own."),
  grafana: grafanaSettings.describe("The dashboards of the stack in a Grafana, where monitoring is own."),
  scrape: scrapeSettings.describe("How your own Prometheus gets figures, where monitoring is external."),
  probes: probesSettings.describe("A look at every published service as its users see it, where monitoring is own or external."),
  alerts: alertsSettings.describe("Whom alerts are told to, where monitoring is own."),
  kubernetes: kubernetesSettings.describe("How a cluster is used, where the platform is kubernetes."),
  database: databaseKind.describe("Where accounts and archives are kept: a file (sqlite), a PostgreSQL of the stack's own, or an external one."),
  postgres: group({
    memory: size.describe("Memory limit of PostgreSQL, which its buffers are sized by."),
    cpus: cpus.describe("CPU limit of PostgreSQL."),
    passwordVersion: wholeNumber(1, 1_000_000).describe("Another number gives every role of the database another password, without a restart."),
  }).describe("The stack's own PostgreSQL, where database is postgresql."),
  externalDatabase: group({
    host: text("a host name or an IP address").regex(/^[A-Za-z0-9.:-]{1,253}$/, { error: "a host name or an IP address" }).optional().describe("Where it is."),
    port: wholeNumber(1, 65535).describe("Its port."),
    name: text("the name of a database").min(1, { error: "the name of a database" }).describe("Its database, which the user owns."),
    user: text("the name of a role").min(1, { error: "the name of a role" }).describe("Whom Prosody connects as."),
    password: text("a password without newlines").regex(/^[^\r\n]+$/, { error: "a password without newlines" }).optional().describe("That role's password (set it with --secret)."),
    tls: oneOf("verify-full", "verify-ca", "require", "disable").describe("How its certificate is checked, in libpq's words."),
    ca: text("the PEM text of a CA's certificate, or a path to it").optional().describe("Its CA's certificate, as PEM or a path; by default the public authorities are trusted."),
  }).describe("A managed PostgreSQL, where database is external."),
  modules: group({
    classes: z
      .array(oneOf("core", "security", "beta", "alpha"), { error: "a list of module classes" })
      .describe("Stability classes of modules that are on."),
    add: perHost.describe("Modules to load besides, by host name."),
    remove: perHost.describe("Modules not to load, by host name."),
    directory: text("a path to a directory").optional().describe("A directory with modules of your own (mod_NAME.lua), built into the image."),
  }).describe("Prosody modules."),
  policies: group({
    security: yesOrNo.describe("Passwords never cross the wire (no PLAIN) and new ones have 12 characters or more; who logs in is logged with the address; the software's version is not told."),
    performance: yesOrNo.describe("Larger caches, for many people."),
    compliance: yesOrNo.describe("Less personal data in logs and answers."),
  }).describe("Policies applied over the layers (config-templates/prosody/policies)."),
  overrides: text("a path to a Lua file").optional().describe("A Prosody configuration file of your own, read last."),
  welcomeMessage: text("a text").optional().describe("Message to new accounts; $host and $username are filled in."),
});

/** Everything that is set, defaults filled in, names and units parsed. */
export type Settings = z.output<typeof settingsSchema>;
/** One XMPP domain with the host names that were given for its components. */
export type DomainSettings = Settings["domains"][number];
