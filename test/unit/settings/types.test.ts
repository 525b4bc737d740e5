// Every setting of a wrong type or form: one line that names the key, what was found and what is expected.
import { describe, expect, test } from "vitest";
import { languages } from "../../../settings/languages.ts";
import { domains, linesOf } from "./parsed.ts";

const unknown = "unknown setting; look it up in docs/settings.md, or remove it";
const domainList = "a list of domains, such as [{name: xmpp.example.org}]";
const domainName = 'a domain name such as "xmpp.example.org"';
const size = 'a size such as "10MB"';
const duration = 'a duration such as "30s", "12h", "30d" or "1y"';
const retention = 'a duration such as "30d" or "1y", or "never" to keep everything';
const subnet4 = 'a private IPv4 subnet such as "172.30.10.0/24"';
const subnet6 = 'a private IPv6 subnet such as "fd00:30:10::/64"';
const network = 'an IP address or a subnet such as "10.0.0.0/8"';
const networks = "a list of IP addresses and subnets";
const port = "a port from 1 to 65535, or 0 to publish none";
const cpus = "a number of CPUs from 0.1 to 64";
const yesOrNo = "true or false";
const moduleName = 'a module name without "mod_", such as "muc_search"';
const levels = "one of debug, info, warn, error";

describe.each<[string, Record<string, unknown>, string]>([
  ["a list", { domains: [] }, "domains: found [], expected at least one domain, such as [{name: xmpp.example.org}]"],
  ["nothing", { domains: undefined }, `domains: found nothing, expected ${domainList}`],
  ["a number", { domains: 5 }, `domains: found 5, expected ${domainList}`],
  ["names without keys", { domains: ["a.example"] }, 'domains[0]: found "a.example", expected an object with name, rooms, upload, pubsub, proxy'],
  ["no name", { domains: [{}] }, `domains[0].name: found nothing, expected ${domainName}`],
  ["a name that is a number", { domains: [{ name: 5 }] }, `domains[0].name: found 5, expected ${domainName}`],
  ["a name with a space", { domains: [...domains, { name: "a b" }] }, `domains[1].name: found "a b", expected ${domainName}`],
  ["an address", { domains: [{ name: "192.0.2.1" }] }, `domains[0].name: found "192.0.2.1", expected ${domainName}`],
  ...["rooms", "upload", "pubsub", "proxy"].map((kind): [string, Record<string, unknown>, string] => [
    `a component that is no name: ${kind}`,
    { domains: [{ name: "a.example", [kind]: "x_y" }] },
    `domains[0].${kind}: found "x_y", expected ${domainName}`,
  ]),
])("domains, given %s", (_, given, line) => {
  test("is one line", () => expect(linesOf(given)).toEqual([`prosody-stack:${line}`]));
});

test.each<[Record<string, unknown>, string]>([
  [{ scale: "huge" }, 'scale: found "huge", expected one of personal, community, enterprise'],
  [{ scale: "toString" }, 'scale: found "toString", expected one of personal, community, enterprise'],
  [{ platform: 1 }, "platform: found 1, expected one of docker, kubernetes"],
  [{ environment: "test" }, 'environment: found "test", expected one of development, production'],
  [{ namespace: "Bad" }, 'namespace: found "Bad", expected lower-case letters, digits and hyphens, at most 40, beginning with a letter'],
  [{ namespace: `a${"b".repeat(40)}` }, `namespace: found "a${"b".repeat(40)}", expected lower-case letters, digits and hyphens, at most 40, beginning with a letter`],
  [{ admins: "admin@a.example" }, 'admins: found "admin@a.example", expected a list of JIDs, such as ["admin@xmpp.example.org"]'],
  [{ admins: ["admin"] }, 'admins[0]: found "admin", expected a bare JID such as "admin@xmpp.example.org"'],
  [{ admins: ["admin@a.example", "admin@a.example/phone"] }, 'admins[1]: found "admin@a.example/phone", expected a bare JID such as "admin@xmpp.example.org"'],
  [{ replicas: 0 }, "replicas: found 0, expected a whole number from 1 to 64"],
  [{ replicas: 65 }, "replicas: found 65, expected a whole number from 1 to 64"],
  [{ replicas: 1.5 }, "replicas: found 1.5, expected a whole number from 1 to 64"],
  [{ replicas: "2" }, 'replicas: found "2", expected a whole number from 1 to 64'],
  [{ resources: 5 }, "resources: found 5, expected an object with memory, cpus, pids"],
  [{ resources: null }, "resources: found null, expected an object with memory, cpus, pids"],
  [{ resources: { memory: "much" } }, `resources.memory: found "much", expected ${size}`],
  [{ resources: { memory: 128 } }, `resources.memory: found 128, expected ${size}`],
  [{ resources: { cpus: 0 } }, `resources.cpus: found 0, expected ${cpus}`],
  [{ resources: { cpus: 65 } }, `resources.cpus: found 65, expected ${cpus}`],
  [{ resources: { cpus: "1" } }, `resources.cpus: found "1", expected ${cpus}`],
  [{ resources: { pids: 15 } }, "resources.pids: found 15, expected a whole number from 16 to 4096"],
  [{ health: [] }, "health: found [], expected an object with interval, timeout, retries, startPeriod"],
  [{ health: { interval: 30 } }, `health.interval: found 30, expected ${duration}`],
  [{ health: { timeout: "5" } }, `health.timeout: found "5", expected ${duration}`],
  [{ health: { startPeriod: "1m" } }, `health.startPeriod: found "1m", expected ${duration}`],
  [{ health: { retries: 0 } }, "health.retries: found 0, expected a whole number from 1 to 100"],
  [{ stopGrace: "soon" }, `stopGrace: found "soon", expected ${duration}`],
  [{ logs: { level: "loud" } }, `logs.level: found "loud", expected ${levels}`],
  [{ logs: { maxSize: "10" } }, `logs.maxSize: found "10", expected ${size}`],
  [{ logs: { maxFiles: 101 } }, "logs.maxFiles: found 101, expected a whole number from 1 to 100"],
  [{ network: { front: "8.8.8.0/24" } }, `network.front: found "8.8.8.0/24", expected ${subnet4}`],
  [{ network: { back: "fd00::/64" } }, `network.back: found "fd00::/64", expected ${subnet4}`],
  [{ network: { front6: "2001:db8::/64" } }, `network.front6: found "2001:db8::/64", expected ${subnet6}`],
  [{ network: { back6: "172.30.10.0/24" } }, `network.back6: found "172.30.10.0/24", expected ${subnet6}`],
  [{ network: { ipv6: "yes" } }, `network.ipv6: found "yes", expected ${yesOrNo}`],
  [{ publish: { addresses: "127.0.0.1" } }, 'publish.addresses: found "127.0.0.1", expected a list of IP addresses'],
  [{ publish: { addresses: [] } }, "publish.addresses: found [], expected at least one IP address"],
  [{ publish: { addresses: ["localhost"] } }, 'publish.addresses[0]: found "localhost", expected an IP address such as "0.0.0.0"'],
  [{ publish: { c2s: "5222" } }, `publish.c2s: found "5222", expected ${port}`],
  [{ publish: { https: 70000 } }, `publish.https: found 70000, expected ${port}`],
  [{ publish: { s2s: -1 } }, `publish.s2s: found -1, expected ${port}`],
  [{ publish: { http: true } }, `publish.http: found true, expected ${port}`],
  [{ publish: { http: 65536 } }, `publish.http: found 65536, expected ${port}`],
  [{ front: false }, "front: found false, expected an object with connectionsPerAddress, requestsPerSecond, requestBurst, adminNetworks, behindProxy, workers, memory"],
  [{ front: { connectionsPerAddress: 0 } }, "front.connectionsPerAddress: found 0, expected a whole number from 1 to 65535"],
  [{ front: { connectionsPerAddress: 65536 } }, "front.connectionsPerAddress: found 65536, expected a whole number from 1 to 65535"],
  [{ front: { requestsPerSecond: 0 } }, "front.requestsPerSecond: found 0, expected a whole number from 1 to 100000"],
  [{ front: { requestsPerSecond: 0.5 } }, "front.requestsPerSecond: found 0.5, expected a whole number from 1 to 100000"],
  [{ front: { requestsPerSecond: 100_001 } }, "front.requestsPerSecond: found 100001, expected a whole number from 1 to 100000"],
  [{ front: { requestBurst: "many" } }, 'front.requestBurst: found "many", expected a whole number from 1 to 100000'],
  [{ front: { requestBurst: 0 } }, "front.requestBurst: found 0, expected a whole number from 1 to 100000"],
  [{ front: { requestBurst: 100_001 } }, "front.requestBurst: found 100001, expected a whole number from 1 to 100000"],
  [{ front: { adminNetworks: "10.0.0.0/8" } }, `front.adminNetworks: found "10.0.0.0/8", expected ${networks}`],
  [{ front: { adminNetworks: ["127.0.0.1", "10.0.0.0/33"] } }, `front.adminNetworks[1]: found "10.0.0.0/33", expected ${network}`],
  [{ front: { adminNetworks: [10] } }, `front.adminNetworks[0]: found 10, expected ${network}`],
  [{ front: { behindProxy: "192.0.2.1" } }, `front.behindProxy: found "192.0.2.1", expected ${networks}`],
  [{ front: { behindProxy: ["proxy.example"] } }, `front.behindProxy[0]: found "proxy.example", expected ${network}`],
  [{ front: { behindProxy: ["10.1"] } }, `front.behindProxy[0]: found "10.1", expected ${network}`],
  [{ front: { workers: 0 } }, "front.workers: found 0, expected a whole number from 1 to 64"],
  [{ front: { workers: 65 } }, "front.workers: found 65, expected a whole number from 1 to 64"],
  [{ front: { workers: "auto" } }, 'front.workers: found "auto", expected a whole number from 1 to 64'],
  [{ front: { memory: "plenty" } }, `front.memory: found "plenty", expected ${size}`],
  [{ front: { memory: 64 } }, `front.memory: found 64, expected ${size}`],
  [{ front: { memory: "0B" } }, `front.memory: found "0B", expected ${size}`],
  [{ tls: { validity: "long" } }, `tls.validity: found "long", expected ${duration}`],
  [{ tls: { renewBefore: 30 } }, `tls.renewBefore: found 30, expected ${duration}`],
  [{ limits: { c2s: "10kb/s" } }, 'limits.c2s: found "10kb/s", expected an object with rate, burst'],
  [{ limits: { c2s: { rate: "fast" } } }, 'limits.c2s.rate: found "fast", expected a rate such as "10kb/s"'],
  [{ limits: { c2s: { rate: "0kb/s" } } }, 'limits.c2s.rate: found "0kb/s", expected a rate such as "10kb/s"'],
  [{ limits: { s2s: { rate: "0.00 MB/s" } } }, 'limits.s2s.rate: found "0.00 MB/s", expected a rate such as "10kb/s"'],
  [{ limits: { s2s: { burst: "10kb" } } }, `limits.s2s.burst: found "10kb", expected ${duration}`],
  [{ limits: { c2sStanza: 262144 } }, `limits.c2sStanza: found 262144, expected ${size}`],
  [{ limits: { s2sStanza: "1 mb" } }, `limits.s2sStanza: found "1 mb", expected ${size}`],
  [{ uploads: { maxSize: "big" } }, `uploads.maxSize: found "big", expected ${size}`],
  [{ uploads: { dailyQuota: true } }, `uploads.dailyQuota: found true, expected ${size}`],
  [{ uploads: { totalQuota: "" } }, `uploads.totalQuota: found "", expected ${size}`],
  [{ uploads: { keep: "forever" } }, `uploads.keep: found "forever", expected ${retention}`],
  [{ uploads: { keep: "0s" } }, `uploads.keep: found "0s", expected ${retention}`],
  [{ archive: { rooms: "0d" } }, `archive.rooms: found "0d", expected ${retention}`],
  [{ archive: { messages: 365 } }, `archive.messages: found 365, expected ${retention}`],
  [{ archive: { rooms: "always" } }, `archive.rooms: found "always", expected ${retention}`],
  [{ webClient: false }, "webClient: found false, expected an object with enabled, name, logo, colors, language"],
  [{ webClient: { enabled: "no" } }, `webClient.enabled: found "no", expected ${yesOrNo}`],
  [{ webClient: { name: " " } }, 'webClient.name: found " ", expected a name of 1 to 64 characters'],
  [{ webClient: { name: "a\nb" } }, 'webClient.name: found "a\\nb", expected a name of 1 to 64 characters'],
  [{ webClient: { name: "é".repeat(65) } }, `webClient.name: found "${"é".repeat(65)}", expected a name of 1 to 64 characters`],
  [{ webClient: { logo: 5 } }, "webClient.logo: found 5, expected a path to an image file"],
  [{ webClient: { colors: "#ffffff" } }, 'webClient.colors: found "#ffffff", expected an object with primary, background'],
  [{ webClient: { colors: { primary: "red" } } }, 'webClient.colors.primary: found "red", expected a colour such as "#387592"'],
  [{ webClient: { colors: { background: "#fff; }" } } }, 'webClient.colors.background: found "#fff; }", expected a colour such as "#387592"'],
  [{ webClient: { colors: { accent: "#ffffff" } } }, `webClient.colors.accent: ${unknown}`],
  [{ webClient: { language: "tlh" } }, `webClient.language: found "tlh", expected one of auto, ${languages.join(", ")}`],
  [{ database: "mysql" }, 'database: found "mysql", expected one of sqlite, postgresql, external; Prosody 13 has no safe way to write to MySQL (docs/not-possible.md)'],
  [{ database: "oracle" }, 'database: found "oracle", expected one of sqlite, postgresql, external'],
  [{ postgres: { cpus: 0 } }, "postgres.cpus: found 0, expected a number of CPUs from 0.1 to 64"],
  [{ postgres: { passwordVersion: "new" } }, 'postgres.passwordVersion: found "new", expected a whole number from 1 to 1000000'],
  [{ externalDatabase: { tls: "yes" } }, "externalDatabase.tls: found \"yes\", expected one of verify-full, verify-ca, require, disable"],
  [{ externalDatabase: { host: "a b" } }, "externalDatabase.host: found \"a b\", expected a host name or an IP address"],
  [{ externalDatabase: { password: "a\nb" } }, "externalDatabase.password: found a value (not shown), expected a password without newlines"],
  [{ backup: { password: "short" } }, "backup.password: found a value (not shown), expected a password of at least 16 characters, without newlines"],
  [{ backup: { s3: { secretAccessKey: "with spaces" } } }, "backup.s3.secretAccessKey: found a value (not shown), expected a secret key"],
  [{ backup: { s3: "https://key:secret@s3" } }, "backup.s3: found a value (not shown), expected an object with endpoint, bucket, prefix, region, accessKeyId, secretAccessKey, ca"],
  [{ backup: { schedule: "at two" } }, 'backup.schedule: found "at two", expected five fields of cron in UTC such as "0 2 * * *", or "" for never'],
  [{ backup: { s3: { endpoint: "http://s3.example.org" } } }, 'backup.s3.endpoint: found "http://s3.example.org", expected an address such as "https://s3.example.org"'],
  [{ backup: { keep: "30" } }, 'backup.keep: found "30", expected a duration such as "30d" or "1y", or "never" to keep everything'],
  [{ externalDatabase: "postgres://prosody:secret@db" }, "externalDatabase: found a value (not shown), expected an object with host, port, name, user, password, tls, ca"],
  [{ modules: { classes: "core" } }, 'modules.classes: found "core", expected a list of module classes'],
  [{ modules: { classes: ["core", "gamma"] } }, 'modules.classes[1]: found "gamma", expected one of core, security, beta, alpha'],
  [{ modules: { add: ["muc_search"] } }, 'modules.add: found ["muc_search"], expected an object of host names ("*" for every domain) and module lists'],
  [{ modules: { add: { "*": "muc_search" } } }, 'modules.add.*: found "muc_search", expected a list of module names'],
  [{ modules: { remove: { "*": ["mod-x"] } } }, `modules.remove.*[0]: found "mod-x", expected ${moduleName}`],
  [{ modules: { directory: 1 } }, "modules.directory: found 1, expected a path to a directory"],
  [{ policies: { security: "yes" } }, `policies.security: found "yes", expected ${yesOrNo}`],
  [{ policies: { performance: 1 } }, `policies.performance: found 1, expected ${yesOrNo}`],
  [{ policies: { compliance: null } }, `policies.compliance: found null, expected ${yesOrNo}`],
  [{ overrides: {} }, "overrides: found {}, expected a path to a Lua file"],
  [{ welcomeMessage: 5 }, "welcomeMessage: found 5, expected a text"],
])("%j is refused in one line", (given, line) => {
  expect(linesOf({ domains, ...given })).toEqual([`prosody-stack:${line}`]);
});

test.each([
  ["foo", { foo: 1 }],
  ["toString", { toString: 1 }],
  ["__proto__", JSON.parse('{"__proto__":{"scale":"personal"}}') as object],
  ["domains[0].chat", { domains: [{ name: "a.example", chat: "chat.a.example" }] }],
  ["limits.c2s.bytes", { limits: { c2s: { bytes: 1 } } }],
  ["limits.__proto__", { limits: JSON.parse('{"__proto__":{}}') as object }],
  ...["resources", "health", "logs", "network", "publish", "front", "tls", "limits", "uploads", "archive", "modules", "policies"].map(
    (group): [string, object] => [`${group}.foo`, { [group]: { foo: 1 } }],
  ),
  ["certificates.a.example.chain", { certificates: { "a.example": { certificate: "x", key: "y", chain: "z" } } }],
])("%s is an unknown setting", (key, given) => {
  expect(linesOf(Object.assign(Object.create(null) as object, { domains }, withOwnKeys(given)))).toEqual([`prosody-stack:${key}: ${unknown}`]);
});

test("what is found is shown in at most 80 characters", () => {
  expect(linesOf({ domains: [{ name: "a".repeat(100) }] })).toEqual([
    `prosody-stack:domains[0].name: found "${"a".repeat(76)}…, expected ${domainName}`,
  ]);
});

/** What a server in the open has to say besides. */
const turn = { externalAddress: "203.0.113.7" };
test.each([{}, { scale: "community", turn }, { scale: "enterprise", environment: "production", turn }, { environment: "development" }, { publish: { c2s: 0, s2s: 0 } }, { archive: { messages: "never" } }])(
  "%j is fine",
  (given) => expect(linesOf({ domains, ...given })).toEqual([]),
);

/** Spreading would set the prototype instead of a key of that name. */
function withOwnKeys(value: object): object {
  return Object.entries(value).reduce(
    (copy, [key, item]) => Object.defineProperty(copy, key, { value: item as unknown, enumerable: true }),
    Object.create(null) as object,
  );
}
