// Nginx's configuration as it is filled in from the settings: who is answered, how often, and what is written down about it.
import { describe, expect, test } from "vitest";
import { frontVariants } from "../../setup/front-variants.ts";
import { type Given, block, named, read, servers } from "./front.ts";
import { all, own, valuesOf } from "./nginx-configuration.ts";

const proxied = frontVariants["behind a proxy"]!;

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

  const json = { logs: { format: "json" } };
  const text = { logs: { format: "text" } };

  test.each([["", {}], [" behind a proxy", proxied]])("have the addresses of clients%s", (_, given) => {
    expect([...formats({ ...given, ...text }), ...formats({ ...given, ...json })]).toHaveLength(4);
    for (const format of formats({ ...given, ...text })) expect(format).toMatch(/^\w+ \$remote_addr /);
    for (const format of formats({ ...given, ...json })) expect(format).toContain('"address":"$remote_addr"');
  });
  test.each([["", {}], [" behind a proxy", proxied]])("with the compliance policy have none%s", (_, given) => {
    const compliance = { ...given, policies: { compliance: true } };
    expect([...formats({ ...compliance, ...text }), ...formats({ ...compliance, ...json })]).toHaveLength(4);
    for (const format of formats({ ...compliance, ...text })) expect(format).toMatch(/^\w+ - /);
    for (const format of [...formats({ ...compliance, ...text }), ...formats({ ...compliance, ...json })]) expect(format).not.toMatch(address);
  });
  test.each([text, json])("are in no other format, and name no upload: %o", (given) => {
    const written = valuesOf(all(read(given), "access_log")).filter((log) => log !== "off");
    expect(new Set(written)).toEqual(new Set(["/dev/stdout requests", "/dev/stdout connections"]));
    for (const format of formats(given)) expect(format).not.toMatch(/\$(request|request_uri|uri|args|query_string)\b/);
  });
  test("are JSON with the fields that all services have, where they are to be", () => {
    expect(formats({})).toEqual(formats(json)); // in production by default
    for (const format of formats(json)) {
      const line = format.slice(format.indexOf("{")).replace(/\$\w+/g, "0");
      expect(Object.keys(JSON.parse(line) as object).slice(0, 4), line).toEqual(["time", "level", "service", "message"]);
    }
  });
  test.each([["debug", "info"], ["info", "notice"], ["warn", "warn"], ["error", "error"]])("of level %s are Nginx's %s", (level, own_) => {
    expect(valuesOf(own(read({ logs: { level } }), "error_log"))).toEqual([`stderr ${own_}`]);
  });
});

describe("the gateway of the front network, as which Docker's own proxy may present anybody,", () => {
  const gateways = (given: Given) => own(block(read(given), "http"), "geo")[0]!.block.filter(({ name }) => /^(172\.30\.10|fd00:30)/.test(name)).map(({ name, values }) => [name, ...values]);
  const ipv6 = { network: { ipv6: true } };

  test("is no administrator where ports are published to others", () => {
    expect(gateways({})).toEqual([["172.30.10.1", "0"]]);
    expect(gateways({ ...ipv6, publish: { addresses: ["127.0.0.1", "::"] } })).toEqual([["172.30.10.1", "0"], ["fd00:30:10::1", "0"]]);
  });
  test("is this machine where they are not", () => expect(gateways({ ...ipv6, publish: { addresses: ["127.0.0.1", "::1"] } })).toEqual([]));
  test("is one where it is named", () => expect(gateways({ front: { adminNetworks: ["172.30.10.1"] } })).toEqual([["172.30.10.1", "1"]]));
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
    expect(map!.block.map(({ name, values }) => [name, ...values])).toEqual([["default", "0"], ["192.0.2.0/24", "1"], ["::1", "1"], ["172.30.10.1", "0"]]);
    const refused = [{ name: "if", values: ["($administrator", "=", "0)"], block: [{ name: "return", values: ["403"], block: [] }] }];
    for (const name of ["a.example", "conference.a.example"]) {
      const locations = own(named(given, name), "location").filter(({ values }) => /admin|status/.test(values.join(" ")));
      expect(locations.map(({ values }) => values)).toEqual([["~", "^/(metrics|admin|rest|invites_api)(/|$)"], ["=", "/nginx_status"]]);
      for (const location of locations) expect(own(location.block, "if")).toEqual(refused);
    }
  });
});

describe("figures for a Prometheus of the operator's own", () => {
  const given = { ...frontVariants["a Prometheus of the operator's own"], backup: { enabled: false } };
  const scraped = (name: string, from: Given = given) => own(named(from, name), "location").filter(({ values }) => values[1]?.startsWith("/scrape"));

  test("are on the first domain's site alone, each with the one place that it is from", () => {
    const to = scraped("xn--bcher-kva.example").map(({ values, block: inside }) => [values[1], `${valuesOf(own(inside, "set"))[0]!.split(" ")[1]}`, valuesOf(own(inside, "proxy_pass"))[0]!.replace("http://$scraped", "")]);
    const tried = (service: string, domain: string, address: string) => [`/scrape/blackbox/${service}/${domain}`, "exporters", `:9115/probe?module=${service}%20${domain}&target=${encodeURIComponent(address)}`];
    expect(to).toEqual([
      ...["xn--bcher-kva.example", "a.example"].flatMap((domain) => [tried("client", domain, "prosody:5223"), tried("server", domain, "prosody:5270"), tried("https", domain, "https://nginx:8443/health")]),
      ["/scrape/nginx", "exporters", ":9113/metrics"],
      ["/scrape/node", "node-exporter", ":9100/metrics"],
      ["/scrape/postgres", "exporters", ":9187/metrics"],
      ["/scrape/probes", "probes", ":9600/metrics"],
      ["/scrape/prosody", "prosody", ":5280/metrics"],
      ["/scrape/redis", "exporters", ":9121/metrics"],
    ]);
    expect(scraped("a.example")).toEqual([]);
    expect(scraped("a.example", { monitoring: "own" })).toEqual([]);
  });

  test("are for its networks, and then for its token, which nobody behind the front is shown", () => {
    for (const { block: inside } of scraped("xn--bcher-kva.example")) {
      expect(own(inside, "if")).toEqual([["($scraper", "403"], ["($scrape_token", "401"]].map(([variable, status]) => ({ name: "if", values: [variable, "=", "0)"], block: [{ name: "return", values: [status], block: [] }] })));
      expect(valuesOf(own(inside, "proxy_set_header"))).toEqual(expect.arrayContaining(["Authorization ", "Forwarded ", "X-Forwarded-For "]));
    }
    const networks = (from: Given) => own(block(read(from), "http"), "geo").find(({ values }) => values.includes("$scraper"))!.block.map(({ name, values }) => [name, ...values]);
    expect(networks(given)).toEqual([["default", "0"], ["192.0.2.9", "1"], ["2001:db8::/32", "1"], ["172.30.10.1", "0"]]);
    expect(networks({ ...given, scrape: { networks: ["172.30.10.1"] } })).toEqual([["default", "0"], ["172.30.10.1", "1"]]);
  });
});
