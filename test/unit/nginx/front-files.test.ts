// Nginx's configuration as it is filled in from the settings. That Nginx takes it is seen in test/config/nginx.test.ts.
import { describe, expect, test } from "vitest";
import { frontFiles } from "../../../components/nginx/front-files.ts";
import type { Settings } from "../../../settings/schema.ts";
import { filesBelow } from "../../setup/files.ts";
import { frontVariants } from "../../setup/front-variants.ts";
import { settingsFrom } from "../settings/parsed.ts";
import { type Directive, all, own, readConfiguration, valuesOf } from "./nginx-configuration.ts";

type Given = Readonly<Record<string, unknown>>;

const textsOf = (settings: Settings) => new Map(frontFiles(settings).map(({ path, content }) => [path, content as string]));
const read = (given: Given = {}) => readConfiguration(textsOf(settingsFrom(given)));
const block = (directives: readonly Directive[], name: string) => own(directives, name).flatMap((directive) => directive.block);
const servers = (given: Given = {}, part: "http" | "stream" = "http") => own(block(read(given), part), "server").map((server) => server.block);
const named = (given: Given, name: string) => servers(given).find((server) => valuesOf(own(server, "server_name")).some((names) => names.split(" ").includes(name)))!;
const listening = (given: Given, part?: "http" | "stream") => servers(given, part).map((server) => valuesOf(own(server, "listen")));
const proxied = frontVariants["behind a proxy"]!;
const twoDomains = frontVariants["two domains, one of them international"]!;
const idn = "xn--bcher-kva.example";

describe.each(Object.entries(frontVariants))("with %s", (_, given) => {
  test("every template is there, for everybody to read, and nothing in it is left to be filled in", () => {
    const files = frontFiles(settingsFrom(given));
    expect(files.map(({ path }) => path).filter((path) => path.endsWith(".conf")).toSorted()).toEqual(filesBelow("config-templates/nginx"));
    for (const { path, content, secret } of files) {
      expect(secret, path).toBe(false);
      expect(content, path).not.toMatch(/<%|%>|\bundefined\b|\bNaN\b|\bnull\b|\[object/);
    }
  });

  test("each host name of the stack has one site", () => {
    const { domains } = settingsFrom(given);
    const names = servers(given).flatMap((server) => own(server, "server_name").flatMap(({ values }) => values)).filter((name) => name !== "_");
    expect(names).toHaveLength(5 * domains.length);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[a-z0-9.-]+$/);
  });
});

test("host names are in ASCII, those of components as they are set, and each site shows its domain's certificate", () => {
  const sites = servers(twoDomains).flatMap((server) => {
    const [names] = own(server, "server_name");
    return own(server, "ssl_certificate").map(({ values }) => [names!.values, values[0], own(server, "ssl_certificate_key")[0]!.values[0]]);
  });
  expect(sites).toEqual([
    [[idn], `certs/${idn}.crt`, `certs/${idn}.key`],
    [[`upload.${idn}`], `certs/${idn}.crt`, `certs/${idn}.key`],
    [[`conference.${idn}`, `pubsub.${idn}`, `proxy.${idn}`], `certs/${idn}.crt`, `certs/${idn}.key`],
    [["a.example"], "certs/a.example.crt", "certs/a.example.key"],
    [["upload.a.example"], "certs/a.example.crt", "certs/a.example.key"],
    [["rooms.example", "pubsub.a.example", "proxy.a.example"], "certs/a.example.crt", "certs/a.example.key"],
  ]);
});

test("uploads are kept by their host, and only its site stores and serves them", () => {
  const ofUploads = servers(twoDomains).filter((server) => all(server, "dav_methods").length > 0);
  expect(ofUploads.map((server) => [...valuesOf(own(server, "server_name")), ...valuesOf(own(server, "set"))])).toEqual([
    [`upload.${idn}`, `$uploads upload.${idn}`],
    ["upload.a.example", "$uploads upload.a.example"],
  ]);
  for (const server of ofUploads) {
    expect(valuesOf(all(server, "alias"))).toEqual(["/var/lib/prosody-uploads/$uploads/$stored", "/var/lib/prosody-uploads/$uploads/"]);
    expect(valuesOf(all(server, "client_body_temp_path"))).toEqual(["/var/lib/prosody-uploads/.incoming"]); // the same file system: a rename, no copy
  }
});

describe("ports", () => {
  const sockets = ["unix:/run/nginx/health.sock"];
  const site = ["unix:/run/nginx/https.sock ssl"];
  const ofStack = (before: string[], sites: string[], after: string[][] = []) => [sockets, before, sites, sites, sites, ...after];

  test("HTTPS and XMPP come in on one, plain HTTP on another", () => {
    expect(listening({}, "stream")).toEqual([["8443 so_keepalive=5m::"], ["127.0.0.1:8522"], ["127.0.0.1:8569"], ["unix:/run/nginx/prosody.sock"]]);
    expect(listening({})).toEqual(ofStack(["unix:/run/nginx/https.sock ssl default_server"], site, [["8080"]]));
  });
  test("with IPv6 both are on it, too", () => {
    const given = frontVariants.IPv6!;
    expect(listening(given, "stream")[0]).toEqual(["8443 so_keepalive=5m::", "[::]:8443 so_keepalive=5m::"]);
    expect(listening(given)).toEqual(ofStack(["unix:/run/nginx/https.sock ssl default_server"], site, [["8080", "[::]:8080"]]));
  });
  test("without plain HTTP there is no listener for it", () => {
    expect(listening(frontVariants["no plain HTTP"]!)).toEqual(ofStack(["unix:/run/nginx/https.sock ssl default_server"], site));
    expect(listening(frontVariants["no plain HTTP"]!, "stream")).toEqual(listening({}, "stream"));
  });
  test("behind a proxy there is plain HTTP alone", () => {
    expect(listening(proxied, "stream")).toEqual([["unix:/run/nginx/prosody.sock"]]);
    expect(listening(proxied)).toEqual(ofStack(["8080 default_server"], ["8080"]));
    expect(listening({ ...proxied, network: { ipv6: true } })).toEqual(ofStack(["8080 default_server", "[::]:8080 default_server"], ["8080", "[::]:8080"]));
  });
  test.each([[443, ""], [8443, ":8443"]])("plain HTTP leads to HTTPS on port %i", (https, port) => {
    const [redirect] = own(named({ publish: { https } }, "_"), "location").filter(({ values }) => values[0] === "/");
    expect(valuesOf(redirect!.block)).toEqual([`301 https://$host${port}$request_uri`]);
  });
});

test("XMPP goes on to Prosody by its ALPN, with the client's address, and everything else to the sites", () => {
  const [map] = own(block(read(), "stream"), "map");
  expect(map!.values).toEqual(["$ssl_preread_alpn_protocols", "$listener"]);
  expect(map!.block.map(({ name, values }) => [name, ...values])).toEqual([
    ["default", "unix:/run/nginx/https.sock"],
    ["~\\bxmpp-client\\b", "127.0.0.1:8522"],
    ["~\\bxmpp-server\\b", "127.0.0.1:8569"],
  ]);
  const passedOn = servers({}, "stream").slice(1).map((server) => [...valuesOf(own(server, "proxy_pass")), ...valuesOf(own(server, "proxy_protocol"))]);
  expect(passedOn).toEqual([["$prosody:15223", "on"], ["$prosody:15270", "on"], ["$prosody:5280"]]);
});

test("without a certificate for a name there is no answer by TLS", () => {
  const [unknown] = servers().filter((server) => valuesOf(own(server, "listen")).some((listen) => listen.includes("default_server")));
  expect(unknown!.map(({ name }) => name)).toEqual(["listen", "ssl_reject_handshake"]);
});

describe("behind a proxy", () => {
  test("no key is shown, and nobody but the proxy is answered", () => {
    const configuration = read(proxied);
    expect(all(configuration, "ssl_certificate")).toEqual([]);
    expect(all(configuration, "ssl_certificate_key")).toEqual([]);
    const [map] = own(block(configuration, "http"), "geo").filter(({ values }) => values.includes("$proxy"));
    expect(map!.values).toEqual(["$realip_remote_addr", "$proxy"]); // whoever connects, not whom it speaks for
    expect(map!.block.map(({ name, values }) => [name, ...values])).toEqual([["default", "0"], ["192.0.2.1", "1"], ["2001:db8::/32", "1"]]);
    const open = servers(proxied).filter((server) => valuesOf(own(server, "listen")).some((listen) => !listen.startsWith("unix:")));
    expect(open).toHaveLength(4);
    for (const server of open) {
      const [condition] = own(server, "if");
      expect(condition).toEqual({ name: "if", values: ["($proxy", "=", "0)"], block: [{ name: "return", values: ["403"], block: [] }] });
    }
  });

  test("whom the proxy speaks for is believed from its addresses only, and from nobody without one", () => {
    const http = block(read(proxied), "http");
    expect(valuesOf(all(http, "set_real_ip_from"))).toEqual(["192.0.2.1", "2001:db8::/32"]);
    expect(valuesOf(all(http, "real_ip_header"))).toEqual(["X-Forwarded-For"]);
    expect([...all(read(), "set_real_ip_from"), ...all(read(), "real_ip_header")]).toEqual([]);
  });
});

describe("logs", () => {
  const address = /remote_addr|remote_port|forwarded|proxy_protocol|realip/i;
  const formats = (given: Given) => all(read(given), "log_format").map(({ values }) => values.join(" "));

  test.each([["", {}], [" behind a proxy", proxied]])("have the addresses of clients%s", (_, given) => {
    expect(formats(given)).toHaveLength(2);
    for (const format of formats(given)) expect(format).toMatch(/^\w+ \$remote_addr /);
  });
  test.each([["", {}], [" behind a proxy", proxied]])("with the compliance policy have none%s", (_, given) => {
    expect(formats({ ...given, policies: { compliance: true } })).toHaveLength(2);
    for (const format of formats({ ...given, policies: { compliance: true } })) {
      expect(format).toMatch(/^\w+ - /);
      expect(format).not.toMatch(address);
    }
  });
  test("are in no other format, and name no upload", () => {
    const written = valuesOf(all(read(), "access_log")).filter((log) => log !== "off");
    expect(new Set(written)).toEqual(new Set(["/dev/stdout requests", "/dev/stdout connections"]));
    for (const format of formats({})) expect(format).not.toMatch(/\$(request|request_uri|uri|args|query_string)\b/);
  });
  test.each([["debug", "info"], ["info", "notice"], ["warn", "warn"], ["error", "error"]])("of level %s are Nginx's %s", (level, own_) => {
    expect(valuesOf(own(read({ logs: { level } }), "error_log"))).toEqual([`stderr ${own_}`]);
  });
});

describe("limits", () => {
  const given = {
    front: { connectionsPerAddress: 7, requestsPerSecond: 8, requestBurst: 9, workers: 3, adminNetworks: ["192.0.2.0/24", "::1"] },
    uploads: { maxSize: "11MB" },
    limits: { c2sStanza: "1000B" },
  };
  const http = block(read(given), "http");

  test("per address, and worker processes", () => {
    expect(valuesOf(own(read(given), "worker_processes"))).toEqual(["3"]);
    expect(valuesOf(all(block(read(given), "stream"), "limit_conn"))).toEqual(["streams 7"]);
    expect(valuesOf(all(http, "limit_conn"))).toEqual(["addresses 7"]);
    expect(valuesOf(all(http, "limit_req_zone"))).toEqual(["$binary_remote_addr zone=requests:1m rate=8r/s"]);
    expect(valuesOf(all(http, "limit_req"))).toEqual(["zone=requests burst=9 nodelay"]);
  });
  test("of a body: an upload's, and elsewhere that of a WebSocket's frame", () => {
    expect(valuesOf(own(http, "client_max_body_size"))).toEqual(["2000"]);
    expect(valuesOf(own(named(given, "upload.a.example"), "client_max_body_size"))).toEqual(["11000000"]);
    expect(all(http, "client_max_body_size")).toHaveLength(2);
  });
  test("of who sees what is for administrators", () => {
    const [map] = own(http, "geo");
    expect(map!.block.map(({ name, values }) => [name, ...values])).toEqual([["default", "0"], ["192.0.2.0/24", "1"], ["::1", "1"]]);
    const refused = [{ name: "if", values: ["($administrator", "=", "0)"], block: [{ name: "return", values: ["403"], block: [] }] }];
    for (const name of ["a.example", "conference.a.example"]) {
      const locations = own(named(given, name), "location").filter(({ values }) => /admin|status/.test(values.join(" ")));
      expect(locations.map(({ values }) => values)).toEqual([["~", "^/(metrics|admin|rest|invites_api)(/|$)"], ["=", "/nginx_status"]]);
      for (const location of locations) expect(own(location.block, "if")).toEqual(refused);
    }
  });
});

test.each(['"', "\\", "$x", "{", "}", "a\nb"])("a text with %j, which Nginx would read as something else, is refused", (text) => {
  const settings = settingsFrom();
  expect(() => frontFiles({ ...settings, front: { ...settings.front, adminNetworks: [text] } })).toThrow("cannot stand in Nginx's configuration");
});
