// Settings that are each fine and cannot work together.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { domains, linesOf } from "./parsed.ts";

const line = (given: Readonly<Record<string, unknown>>) => linesOf({ domains, ...given });
const ownName = "expected a host name of its own";

test.each<[string, Record<string, unknown>, string[]]>([
  ["two components on one host", { domains: [{ name: "a.example", rooms: "x.example", upload: "x.example" }] }, [`domains[0].upload: found x.example, which is domains[0].rooms already; ${ownName}`]],
  ["a component on a domain", { domains: [{ name: "a.example", proxy: "a.example" }] }, [`domains[0].proxy: found a.example, which is domains[0].name already; ${ownName}`]],
  ["a domain on another's component", { domains: [...domains, { name: "conference.a.example" }] }, [`domains[1].name: found conference.a.example, which is domains[0].rooms already; ${ownName}`]],
  [
    "one domain in two forms",
    { domains: [{ name: "bücher.example" }, { name: "XN--BCHER-KVA.example", rooms: "r.example", upload: "u.example", pubsub: "p.example", proxy: "x.example" }] },
    [`domains[1].name: found bücher.example, which is domains[0].name already; ${ownName}`],
  ],
  ["an admin of another domain", { admins: ["admin@a.example", "x@b.example"] }, ["admins[1]: found x@b.example, expected a JID of a domain of this stack (a.example)"]],
  ["a password of nobody", { adminPasswords: { "boss@a.example": "long enough" } }, ["adminPasswords.boss@a.example: found a JID that is no administrator, expected one of admin@a.example"]],
  ["a password of no JID", { adminPasswords: { boss: "long enough" } }, ["adminPasswords.boss: found a JID that is no administrator, expected one of admin@a.example"]],
  ["more replicas than homes", { replicas: 6, database: "postgresql" }, ["replicas: found 6, expected at most 5: a domain or component lives in one Prosody at a time, and this stack has 5 of them"]],
  ["replicas on SQLite", { replicas: 2 }, ["replicas: found 2 with database sqlite, expected 1: a SQLite file has one writer; set database to postgresql"]],
  ["a PostgreSQL that is too small", { database: "postgresql", postgres: { memory: "64MiB" } }, ["postgres.memory: found 67108864 bytes, expected at least 96MiB: PostgreSQL with its own processes takes about 60"]],
  ["an external database that is nowhere", { database: "external" }, [
    "externalDatabase.host: found nothing with database external, expected where it is",
    "externalDatabase.password: found nothing with database external, expected the password of its role (set it with --secret)",
  ]],
  ["an S3 server without what it is reached with", { backup: { s3: { endpoint: "https://s3.example.org", ca: "no-such-file.pem" } } }, [
    "backup.s3.accessKeyId: found nothing beside backup.s3.endpoint, which needs it; set it, or remove the endpoint",
    "backup.s3.bucket: found nothing beside backup.s3.endpoint, which needs it; set it, or remove the endpoint",
    "backup.s3.ca: found no PEM text and no path of a file that exists, expected one of both",
    "backup.s3.secretAccessKey: found nothing beside backup.s3.endpoint, which needs it; set it, or remove the endpoint",
  ]],
  ["keys of an S3 server that nobody named", { backup: { s3: { accessKeyId: "key" } } }, ["backup.s3.accessKeyId: found it without backup.s3.endpoint, which says where the server is; set that, or remove this"]],
  ["probes that come too often", { probes: { interval: "5s" } }, ["probes.interval: found 5s, expected 10s to 5min: each is a login, and alerts go by the last few"]],
  ["probes that alerts would not notice", { probes: { interval: "10min" } }, ["probes.interval: found 600s, expected 10s to 5min: each is a login, and alerts go by the last few"]],
  ["too little memory for the probes", { probes: { memory: "32MiB" } }, ["probes.memory: found 33554432 bytes, expected at least 48MiB: they take about 40"]],
  ["a Prometheus of the operator's own that comes from nowhere, to no port", { monitoring: "external", publish: { https: 0 } }, [
    "publish.https: found 0 with monitoring external, expected the port of HTTPS, by which your Prometheus asks; set it, or set monitoring to own",
    "scrape.networks: found nothing with monitoring external, expected the networks that your Prometheus asks from",
  ]],
  ["whom to tell of alerts, beside an Alertmanager of the operator's own", { monitoring: "external", scrape: { networks: ["192.0.2.9"] }, alerts: { chat: ["admin@a.example"], webhook: "https://hooks.example.org/", email: { to: ["ops@example.org"], smarthost: "smtp.example.org:587" } } }, ["alerts.chat", "alerts.email.to", "alerts.webhook"].map((key) => `${key}: found it with monitoring external, where your own Alertmanager tells people; remove it, or set monitoring to own`)],
  ["mails that nobody takes, and half of a way in", { alerts: { email: { to: ["ops@example.org"], user: "stack" } } }, [
    "alerts.email.password: found nothing beside alerts.email.user, expected both or none",
    "alerts.email.smarthost: found nothing beside alerts.email.to, which needs it; set it, or empty that list",
  ]],
  ["a mail server without anybody to write to", { alerts: { email: { smarthost: "smtp.example.org:587" } } }, ["alerts.email.to: found nobody beside alerts.email.smarthost; say who gets the mails, or remove that"]],
  ["CAs of whom alerts are not told to", { alerts: { webhook: "http://hooks.example.org/", webhookCa: "no-such-file.pem", email: { ca: "no-such-file.pem" } } }, [
    "alerts.email.ca: found it without alerts.email.smarthost, which says where the server is; set that, or remove this",
    "alerts.email.ca: found no PEM text and no path of a file that exists, expected one of both",
    "alerts.webhookCa: found it without an alerts.webhook of https, whose certificate it is to be for; set that, or remove this",
    "alerts.webhookCa: found no PEM text and no path of a file that exists, expected one of both",
  ]],
  ["CAs that are none", { alerts: { webhook: "https://hooks.example.org/", webhookCa: "package.json", email: { to: ["ops@example.org"], smarthost: "smtp.example.org:587", ca: "-----BEGIN PRIVATE KEY-----\nMC4=\n-----END PRIVATE KEY-----\n" } } }, [
    "alerts.email.ca: found a private key, expected the CA's certificate only; remove the key, which would be no secret there",
    "alerts.webhookCa: found no certificate in it that can be read, expected one as PEM",
  ]],
  ["networks of a Prometheus of the operator's own, which does not ask", { monitoring: "own", scrape: { networks: ["192.0.2.9"] } }, ["scrape.networks: found addresses with monitoring own, which does not use them; set monitoring to external, or remove them"]],
  ["networks that are none, and a token that there cannot be", { monitoring: "external", scrape: { networks: ["prometheus.example.org"], tokenGeneration: 0 } }, [
    'scrape.networks[0]: found "prometheus.example.org", expected an IP address or a subnet such as "10.0.0.0/8"',
    "scrape.tokenGeneration: found 0, expected a whole number from 1 to 1000000",
  ]],
  ["a Grafana without a Prometheus, without a way to it, and with too little memory", { grafana: { image: `docker.io/grafana/grafana@sha256:${"0".repeat(64)}`, memory: "64MiB" }, publish: { https: 0 } }, [
    "grafana.image: found it with monitoring off, where there is no Prometheus for it; set monitoring to own, or remove it",
    "grafana.image: found it with publish.https 0, expected the port of HTTPS, by which Grafana is reached; set that, or remove this",
    "grafana.memory: found 67108864 bytes, expected at least 128MiB",
  ]],
  ["an image of Grafana that may be another one tomorrow", { monitoring: "own", grafana: { image: "docker.io/grafana/grafana:12" } }, ['grafana.image: found "docker.io/grafana/grafana:12", expected an image by digest such as "docker.io/grafana/grafana@sha256:…" with 64 hexadecimal digits']],
  ["pages of alerts that are nowhere", { alerts: { runbooks: "docs/runbooks" } }, ['alerts.runbooks: found "docs/runbooks", expected an address such as "https://git.example.org/xmpp/src/main"']],
  ["too little memory for a drill", { backup: { memory: "64MiB" } }, ["backup.memory: found 67108864 bytes, expected at least 128MiB: a drill runs the service once more"]],
  ["an external database that nobody uses", { externalDatabase: { host: "db.example" } }, ["externalDatabase.host: found it with database sqlite, which does not use it; set database to external, or remove it"]],
  ["an external database's CA that is not known", { database: "external", externalDatabase: { host: "db.example", password: "x", tls: "verify-ca" } }, [
    "externalDatabase.ca: found nothing with externalDatabase.tls verify-ca, expected the CA's certificate; public authorities do for verify-full only",
  ]],
  ["an external database's CA that is not there", { database: "external", externalDatabase: { host: "db.example", password: "x", ca: "/nonexistent.pem" } }, [
    "externalDatabase.ca: found no PEM text and no path of a file that exists, expected one of both",
  ]],
  ["a port twice", { publish: { c2s: 5223 } }, ["publish.c2sDirectTls: found 5223, which is publish.c2s already; expected a port of its own"]],
  ["a port thrice", { publish: { c2s: 443, s2s: 443, https: 443 } }, [
    "publish.https: found 443, which is publish.c2s already; expected a port of its own",
    "publish.s2s: found 443, which is publish.c2s already; expected a port of its own",
  ]],
  ["a proxy on a port that Prosody has another use for", { publish: { c2s: 15222, proxy65: 5222 } }, [
    "publish.proxy65: found 5222, on which Prosody listens for something else in its container (5222, 5223, 5269, 5270, 5280, 15223, 15270); expected another port, for the proxy announces the one that it listens on itself",
  ]],
  ["HTTPS on the port of plain HTTP", { publish: { https: 80 } }, ["publish.http: found 80, which is publish.https already; expected a port of its own"]],
  ["a proxy in front that nothing connects to", { front: { behindProxy: ["192.0.2.1"] }, publish: { http: 0 } }, ["publish.http: found 0 with front.behindProxy, expected the port that your proxy connects to"]],
  ["a load balancer that begins with a header, and a proxy in front", { front: { behindProxy: ["192.0.2.1"] }, publish: { proxyProtocol: ["192.0.2.2"] } }, ["publish.proxyProtocol: found addresses beside front.behindProxy, expected one of both: the proxy tells whom it speaks for in its own way"]],
  ["a proxy in front that serves nobody", { front: { behindProxy: ["192.0.2.1"] }, publish: { https: 0 } }, ["publish.https: found 0 with front.behindProxy, expected the port that your proxy serves HTTPS on"]],
  ["a proxy in front without any port", { front: { behindProxy: ["192.0.2.1"] }, publish: { http: 0, https: 0 } }, [
    "publish.http: found 0 with front.behindProxy, expected the port that your proxy connects to",
    "publish.https: found 0 with front.behindProxy, expected the port that your proxy serves HTTPS on",
  ]],
  ["all addresses and one of them", { publish: { addresses: ["0.0.0.0", "127.0.0.1", "::1"] } }, [
    "publish.addresses: found 0.0.0.0, which stands for every IPv4 address, beside 127.0.0.1; remove one of them",
  ]],
  ["all IPv6 addresses and two of them", { publish: { addresses: ["127.0.0.1", "::1", "fd00::1", "0::0"] } }, [
    "publish.addresses: found 0::0, which stands for every IPv6 address, beside ::1, fd00::1; remove one of them",
  ]],
  ["development in the open", { environment: "development", publish: { addresses: ["0.0.0.0", "::"] } }, [
    "publish.addresses: found 0.0.0.0, :: in the development environment, expected loopback addresses only; set environment to production to serve others",
  ]],
  ["overlapping subnets", { network: { back: "172.30.10.128/25" } }, ["network.back: found 172.30.10.128/25, which overlaps network.front (172.30.10.0/24); expected a subnet of its own"]],
  ["overlapping IPv6 subnets", { network: { back6: "fd00:30:10::/80" } }, ["network.back6: found fd00:30:10::/80, which overlaps network.front6 (fd00:30:10::/64); expected a subnet of its own"]],
  ["modules of another host", { modules: { add: { "b.example": ["x"] }, remove: { "not a host": ["x"] } } }, [
    'modules.add.b.example: found a host that this stack does not have, expected one of a.example, conference.a.example, upload.a.example, pubsub.a.example, proxy.a.example or "*"',
    'modules.remove.not a host: found a host that this stack does not have, expected one of a.example, conference.a.example, upload.a.example, pubsub.a.example, proxy.a.example or "*"',
  ]],
  ["overrides that are not there", { overrides: "/nonexistent.lua" }, ["overrides: found /nonexistent.lua, expected the path of a file that exists"]],
  ["modules that are not there", { modules: { directory: "/nonexistent" } }, ["modules.directory: found /nonexistent, expected the path of a directory that exists"]],
  ["a daily quota below one file", { uploads: { maxSize: "200MB" } }, ["uploads.dailyQuota: found 100000000 bytes, expected at least uploads.maxSize (200000000 bytes)"]],
  ["a total quota below a day's", { uploads: { dailyQuota: "2GB" } }, ["uploads.totalQuota: found 1000000000 bytes, expected at least uploads.dailyQuota (2000000000 bytes)"]],
  ["renewal before issuance", { tls: { validity: "30d" } }, ["tls.renewBefore: found a time not shorter than tls.validity, expected a part of it; shorten it"]],
  ["a check longer than its interval", { health: { interval: "1s" } }, ["health.timeout: found 5s, expected at most health.interval (1s)"]],
  ["too little memory", { resources: { memory: "63MiB" } }, ["resources.memory: found 66060288 bytes, expected at least 64MiB: Prosody alone takes about 40"]],
  ["too little memory for the front", { front: { memory: "31MiB" } }, ["front.memory: found 32505856 bytes, expected at least 32MiB: Nginx with old workers takes up to that"]],
])("%s", (_, given, lines) => {
  expect(line(given)).toEqual(lines.map((text) => `prosody-stack:${text}`));
});

test.each<[string, Record<string, unknown>]>([
  ["as many replicas as homes, on PostgreSQL", { replicas: 5, database: "postgresql" }],
  ["ten homes with two domains", { domains: [...domains, { name: "b.example" }], replicas: 10, database: "postgresql" }],
  ["several ports that are not published", { publish: { c2s: 0, c2sDirectTls: 0, s2s: 0, s2sDirectTls: 0, https: 0, http: 0, proxy65: 0 } }],
  ["HTTPS without plain HTTP", { publish: { http: 0 } }],
  ["neither a proxy in front nor HTTPS", { front: { behindProxy: [] }, publish: { http: 0, https: 0 } }],
  ["a load balancer that begins with a header, by address and subnet", { publish: { proxyProtocol: ["192.0.2.1", "2001:db8::/32"] } }],
  ["a proxy in front, by address and subnet", { front: { behindProxy: ["192.0.2.1", "2001:db8::/32"] } }],
  ["the proxy of file transfers on a port of the front's container", { publish: { proxy65: 8443 } }],
  ["all IPv4 addresses and all IPv6 ones", { publish: { addresses: ["0.0.0.0", "::"] } }],
  ["all addresses of one version and one of the other", { publish: { addresses: ["0.0.0.0", "::1"] } }],
  ["ports of Prosody's own for others", { publish: { c2s: 15222, https: 5222 } }],
  ["development on both loopback addresses", { environment: "development", publish: { addresses: ["127.0.0.1", "127.0.1.1", "::1"] } }],
  ["an admin by the other form of an IDN", { domains: [{ name: "bücher.example" }], admins: ["A@xn--bcher-kva.example"], adminPasswords: { "a@BÜCHER.example": "long enough" } }],
  ["modules by host, component, IDN and *", { domains: [{ name: "bücher.example" }], modules: { add: { "*": ["x"], "conference.bücher.example": ["x"], "xn--bcher-kva.example": ["y"] } } }],
  ["a check as long as its interval", { health: { interval: "5s" } }],
  ["64MiB", { resources: { memory: "64MiB" } }],
  ["32MiB for the front", { front: { memory: "32MiB" } }],
  ["ports of plain HTTP and HTTPS that nothing listens on, for something else,", { publish: { https: 0, c2s: 80 } }],
  ["the same numbers on a proxy in front", { front: { behindProxy: ["192.0.2.1"] }, publish: { https: 8080, http: 8080 } }],
])("%s are fine", (_, given) => expect(line(given)).toEqual([]));

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "prosody-stack-unit-"));
  mkdirSync(join(directory, "none"));
  mkdirSync(join(directory, "some/mod_mine"), { recursive: true });
  writeFileSync(join(directory, "none/mine.lua"), "");
  writeFileSync(join(directory, "some/mod_mine/mod_mine.lua"), "");
});
afterAll(() => rmSync(directory, { recursive: true }));

test("a directory without modules, and a directory for a file", () => {
  const none = join(directory, "none");
  expect(line({ modules: { directory: none }, overrides: none })).toEqual([
    `prosody-stack:modules.directory: found ${none} with no mod_NAME.lua in it, expected Prosody modules`,
    `prosody-stack:overrides: found ${none}, expected the path of a file that exists`,
  ]);
});

test("a file for a directory", () => {
  const file = join(directory, "none/mine.lua");
  expect(line({ modules: { directory: file } })).toEqual([`prosody-stack:modules.directory: found ${file}, expected the path of a directory that exists`]);
});

test("modules in a directory that nothing is taken from", () => {
  const hidden = join(directory, "hidden");
  mkdirSync(join(hidden, ".hg/store"), { recursive: true });
  writeFileSync(join(hidden, ".hg/store/mod_old.lua"), "");
  expect(line({ modules: { directory: hidden } })).toEqual([`prosody-stack:modules.directory: found ${hidden} with no mod_NAME.lua in it, expected Prosody modules`]);
});

test("a symbolic link among the modules", () => {
  const linked = join(directory, "linked");
  mkdirSync(linked);
  symlinkSync("../some/mod_mine", join(linked, "mod_mine"));
  writeFileSync(join(linked, "mod_other.lua"), "");
  expect(line({ modules: { directory: linked } })).toEqual([`prosody-stack:modules.directory: found the symbolic link ${linked}/mod_mine, expected files and directories only; put what it points to in its place`]);
});

test("modules and overrides that are there", () => {
  expect(line({ modules: { directory: join(directory, "some") }, overrides: join(directory, "none/mine.lua") })).toEqual([]);
});
