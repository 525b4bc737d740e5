// Nginx's configuration as it is filled in from the settings: files, sites, ports. That Nginx takes it is seen in
// test/config/nginx.test.ts.
import { describe, expect, test } from "vitest";
import { frontFiles } from "../../../components/nginx/front-files.ts";
import { filesBelow } from "../../setup/files.ts";
import { frontVariants } from "../../setup/front-variants.ts";
import { surroundingsOf } from "../../setup/surroundings.ts";
import { settingsFrom } from "../settings/parsed.ts";
import { type Given, block, named, read, servers } from "./front.ts";
import { all, own, valuesOf } from "./nginx-configuration.ts";

const listening = (given: Given, part?: "http" | "stream") => servers(given, part).map((server) => valuesOf(own(server, "listen")));
const proxied = frontVariants["behind a proxy"]!;
const twoDomains = frontVariants["two domains, one of them international"]!;
const idn = "xn--bcher-kva.example";

describe.each(Object.entries(frontVariants))("given %s", (_, given) => {
  test("every template is there, for everybody to read, and nothing in it is left to be filled in", () => {
    const settings = settingsFrom(given);
    const files = frontFiles(settings, surroundingsOf(settings));
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
  const [map] = own(block(read(), "stream"), "map").filter(({ values }) => values[1] === "$listener");
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

describe("the web client", () => {
  const locations = (given: Given, name: string) => valuesOf(own(named(given, name), "location"));

  test("has the domains' own sites, each with files of its own, and what it has not is asked of Prosody", () => {
    for (const name of [idn, "a.example"]) {
      expect(valuesOf(own(named(twoDomains, name), "root"))).toEqual([`web/${name}`]);
      const [pages] = own(named(twoDomains, name), "location").filter(({ values }) => values.join() === "/");
      expect(valuesOf(own(pages!.block, "try_files"))).toEqual(["$uri $uri/ @prosody"]);
      expect(valuesOf(own(pages!.block, "add_header")).filter((header) => header.startsWith("Content-Security-Policy default-src 'none';"))).toHaveLength(1);
      expect(locations(twoDomains, name)).toEqual(expect.arrayContaining(["/converse/", "@prosody"]));
    }
  });
  test("has no site of a component's", () => {
    for (const name of ["upload.a.example", "rooms.example"]) expect(own(named(twoDomains, name), "root")).toEqual([]);
    expect(locations(twoDomains, "rooms.example")).not.toContain("/converse/");
  });
  test("is not there where it is off, and Prosody answers in its place", () => {
    const off = frontVariants["no web client"]!;
    expect(all(read(off), "root")).toEqual([]);
    expect(locations(off, "a.example")).not.toContain("/converse/");
    const [pages] = own(named(off, "a.example"), "location").filter(({ values }) => values.join() === "/");
    expect(valuesOf(own(pages!.block, "proxy_pass"))).toEqual(["http://prosody_kept"]);
  });
});

test.each(['"', "\\", "$x", "{", "}", "a\nb"])("a text with %j, which Nginx would read as something else, is refused", (text) => {
  const settings = settingsFrom();
  expect(() => frontFiles({ ...settings, front: { ...settings.front, adminNetworks: [text] } }, surroundingsOf(settings))).toThrow("cannot stand in Nginx's configuration");
});
