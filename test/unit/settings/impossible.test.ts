// Settings that would only fail later, at the engine or at Prosody: they have to be refused here, by their key.
import { expect, test } from "vitest";
import { domains, linesOf } from "./parsed.ts";

test.each<[string, Record<string, unknown>, string]>([
  ["one administrator twice", { admins: ["boss@a.example", "BOSS@a.example"] }, "admins[1]"],
  ["one address twice", { publish: { addresses: ["127.0.0.1", "127.0.0.1"] } }, "publish.addresses"],
  ["a subnet by the address of a host in it, which newer engines refuse", { network: { front: "172.30.10.5/24" } }, "network.front"],
  ["a subnet that is private in part", { network: { front: "172.16.0.0/8" } }, "network.front"],
  ["a subnet with two prefixes", { network: { front: "172.30.10.0/24/8" } }, "network.front"],
  ["an IPv6 subnet by the address of a host in it", { network: { front6: "fd00:30:10::1/64" } }, "network.front6"],
  ["certificates that are valid for no whole hour", { tls: { validity: "20min", renewBefore: "1min" } }, "tls.validity"],
  ["a health check without a pause, for which Docker takes its default", { health: { interval: "0s", timeout: "0s" } }, "health.interval"],
  ["log files without a size, which Docker refuses", { logs: { maxSize: "0B" } }, "logs.maxSize"],
  ["a delay of logins that no stream lives to see the end of", { logins: { maxDelay: "31s" } }, "logins.maxDelay"],
  ["a domain of one's own that is blocked", { spam: { block: ["conference.a.example"] } }, "spam.block[0]"],
  ["an account of one's own that is blocked", { spam: { block: ["spam.example", "Troll@A.example"] } }, "spam.block[1]"],
  ["something to block that is neither a domain nor a JID", { spam: { block: ["https://spam.example/"] } }, "spam.block[0]"],
  ["a list of nobody", { federation: { mode: "allowlist" } }, "federation.allow"],
  ["a list that nothing is made of", { federation: { allow: ["b.example"] } }, "federation.allow"],
  ["a shared list that is blocked", { spam: { block: ["b.example"], sharedList: "lists.b.example" } }, "spam.sharedList"],
  ["a shared list that no domain talks with", { spam: { sharedList: "b.example" }, federation: { mode: "off" } }, "spam.sharedList"],
  ["a shared list that is not on the list of servers", { spam: { sharedList: "b.example" }, federation: { mode: "allowlist", allow: ["c.example"] } }, "spam.sharedList"],
  ["rules for a domain of somebody else", { federation: { domains: { "b.example": { mode: "off" } } } }, "federation.domains.b.example"],
  ["a domain's own list of nobody", { federation: { domains: { "a.example": { mode: "allowlist" } } } }, "federation.domains.a.example.allow"],
  ["accounts for anybody in production", { registration: { mode: "open" } }, "registration.mode"],
  ["a certificate twice, in both forms of its domain", {
    domains: [{ name: "bücher.example" }],
    certificates: { "bücher.example": { certificate: "a", key: "b" }, "xn--bcher-kva.example": { certificate: "a", key: "b" } },
  }, "certificates.xn--bcher-kva.example"],
])("%s", (_, given, key) => {
  const keys = linesOf({ domains, ...given }).map((line) => line.split(": ")[0]);
  expect(keys).toContain(`prosody-stack:${key}`);
});
