// What Prosody is told to offer is what can be reached from outside.
import { describe, expect, test } from "vitest";
import { prosodyPorts } from "../../../components/prosody/prosody-server.ts";
import { settingsTable } from "../../../components/prosody/settings-table.ts";
import { surroundingsOf } from "../../setup/surroundings.ts";
import { settingsFrom } from "./parsed.ts";

const table = (publish: object, others: object = {}) => {
  const settings = settingsFrom({ publish, ...others });
  return settingsTable(settings, "test", surroundingsOf(settings));
};
const domainOf = (...given: Parameters<typeof table>) => (table(...given).domains as unknown as Record<string, unknown>[])[0]!;

test("a domain's own rules for other servers are its components', by the names that Prosody has", () => {
  const federation = { mode: "allowlist", allow: ["xn--bcher-kva.example"], domains: { "A.example": { mode: "off" } } };
  expect(table({}, { federation, spam: { block: ["Spam.example", "Troll@xn--bcher-kva.example"] } }).federation).toEqual({
    mode: "allowlist",
    allow: ["bücher.example"],
    blocked: ["spam.example", "troll@bücher.example"],
    hosts: Object.fromEntries(["", "conference.", "upload.", "pubsub.", "proxy."].map((label) => [`${label}a.example`, { mode: "off", allow: [] }])),
  });
});

test("addresses in the audit log are shortened where the privacy policy says so, and it may be kept for ever", () => {
  expect(table({}).audit).toEqual({ keep: 90 * 86_400, shorten: false });
  expect(table({}, { logs: { audit: "never" }, policies: { compliance: true } }).audit).toEqual({ keep: undefined, shorten: true });
});

const watchedBy = (monitoring: string) => ({ monitoring, scrape: { networks: monitoring === "external" ? ["192.0.2.9"] : [] } });

test.each([["off", ["nginx"]], ["own", ["nginx", "prometheus"]], ["external", ["nginx"]]])("who reaches plain HTTP, where monitoring is %s: %o", (monitoring, from) => {
  expect(prosodyPorts(settingsFrom(watchedBy(monitoring))).find(({ port }) => port === 5280)!.from).toEqual(from);
});

test.each([["off", false], ["own", true], ["external", true]])("Prosody measures what it does, where monitoring is %s: %s", (monitoring, measures) => {
  expect(table({}, watchedBy(monitoring)).monitoring).toBe(measures);
});

test("the proxy listens on the port that is published, for it announces that one to clients", () => {
  expect(table({}).ports).toMatchObject({ proxy65: 5000 });
  expect(table({ proxy65: 5001 }).ports).toMatchObject({ proxy65: 5001 });
});

test("other ports inside the container stay, and HTTPS is none of them", () => {
  const ports = { c2s: 5222, c2s_direct_tls: 5223, s2s: 5269, s2s_direct_tls: 5270, http: 5280, c2s_proxied: 15223, s2s_proxied: 15270, proxy65: 5000 };
  expect(table({}).ports).toEqual(ports);
  expect(table({ c2s: 15222, https: 8443, http: 0 }).ports).toEqual(ports);
});

test("a proxy that is not published is not there", () => {
  expect((table({ proxy65: 0 }).ports as { proxy65?: number }).proxy65).toBeUndefined();
  expect(domainOf({ proxy65: 0 })).toMatchObject({ proxy: undefined, upload: "upload.a.example" });
});

describe("the front", () => {
  test("is there with HTTPS, whether plain HTTP is published or not", () => {
    expect([table({}), table({ https: 8443 }), table({ http: 0 })].map(({ front }) => front)).toEqual([true, true, true]);
  });

  test("is not there without: no uploads, and no address that nobody could open", () => {
    expect(table({ https: 0 }).front).toBe(false);
    expect(Object.keys(domainOf({ https: 0 }))).toEqual(["name", "rooms", "pubsub", "proxy", "admins", "canary", "contact"]);
  });

  test("is in the addresses by its port, which is left out where it is that of HTTPS", () => {
    expect(domainOf({})).toMatchObject({ url: "https://a.example/", upload: "upload.a.example", upload_url: "https://upload.a.example/" });
    expect(domainOf({ https: 8443 })).toMatchObject({ url: "https://a.example:8443/", upload_url: "https://upload.a.example:8443/" });
  });

  test("behind a proxy: the addresses are those of the proxy", () => {
    const given = { front: { behindProxy: ["192.0.2.1"] } };
    expect(table({ http: 8080 }, given).front).toBe(true);
    expect(domainOf({ https: 8443, http: 8080 }, given)).toMatchObject({ url: "https://a.example:8443/", upload_url: "https://upload.a.example:8443/" });
  });

  test("is trusted on the back network, by both versions of IP where it carries both, and nobody else is", () => {
    const network = { back: "10.9.0.0/24", back6: "fd00:9::/64" };
    expect(table({}, { network }).trusted_proxies).toEqual(["10.9.0.0/24"]);
    expect(table({}, { network: { ...network, ipv6: true } }).trusted_proxies).toEqual(["10.9.0.0/24", "fd00:9::/64"]);
    expect(table({}, { network, front: { behindProxy: ["192.0.2.1"] } }).trusted_proxies).toEqual(["10.9.0.0/24"]);
  });
});
