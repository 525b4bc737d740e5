// Settings of a cluster that cannot work, and those that can.
import { expect, test } from "vitest";
import { domains, linesOf } from "./parsed.ts";

const lines = (given: Readonly<Record<string, unknown>>) => linesOf({ domains, platform: "kubernetes", ...given });
const range = "expected a port from 30000 to 32767, or 0 to publish none";
const nodePort = { kubernetes: { service: { type: "NodePort" } } };

test.each<[string, Record<string, unknown>, string[]]>([
  ["ports that nodes do not give", { ...nodePort, publish: { c2s: 30522, c2sDirectTls: 29999, s2s: 32768, s2sDirectTls: 0, https: 443, http: 30080, proxy65: 0 } }, [
    `publish.c2sDirectTls: found 29999 with kubernetes.service.type NodePort, ${range}`,
    `publish.s2s: found 32768 with kubernetes.service.type NodePort, ${range}`,
    `publish.https: found 443 with kubernetes.service.type NodePort, ${range}`,
  ]],
  ["administrators' networks that everybody comes from", { kubernetes: { service: { externalTrafficPolicy: "Cluster" } } }, [
    "front.adminNetworks: found the default with kubernetes.service.externalTrafficPolicy Cluster, where everybody comes with an address of the cluster; set it, to [] for nobody",
  ]],
  ["a volume that the uploads of all domains do not fit on", { domains: [...domains, { name: "b.example" }], storage: { uploads: "1GiB" }, uploads: { totalQuota: "1GiB" } }, [
    "storage.uploads: found 1073741824 bytes, expected at least uploads.totalQuota of all 2 domains (2147483648 bytes)",
  ]],
  ["names that Kubernetes does not take", { kubernetes: { storage: { class: "Gold!" }, pullSecret: "-x", clusterDomain: "" } }, [
    'kubernetes.clusterDomain: found "", expected a name of lower-case letters, digits, hyphens and dots',
    "kubernetes.pullSecret: found \"-x\", expected a name of lower-case letters, digits, hyphens and dots",
    "kubernetes.storage.class: found \"Gold!\", expected a name of lower-case letters, digits, hyphens and dots",
  ]],
  ["a registry with a scheme", { kubernetes: { registry: "https://registry.example.org/xmpp" } }, [
    'kubernetes.registry: found "https://registry.example.org/xmpp", expected the part of an image\'s name before the last slash, such as "registry.example.org/xmpp"',
  ]],
  ["a way in that there is not", { kubernetes: { service: { type: "ClusterIP" } } }, ['kubernetes.service.type: found "ClusterIP", expected one of LoadBalancer, NodePort']],
  ["no networks of pods", { kubernetes: { podNetworks: [] } }, ["kubernetes.podNetworks: found [], expected at least one subnet"]],
])("%s", (_, given, expected) => {
  expect(lines(given).toSorted()).toEqual(expected.map((line) => `prosody-stack:${line}`).toSorted());
});

test.each<[string, Record<string, unknown>]>([
  ["the defaults", {}],
  ["the ends of the nodes' range", { ...nodePort, publish: { c2s: 30000, c2sDirectTls: 30001, s2s: 30002, s2sDirectTls: 30003, https: 30004, http: 30005, proxy65: 32767 } }],
  ["nobody as administrator where everybody looks the same", { front: { adminNetworks: [] }, kubernetes: { service: { externalTrafficPolicy: "Cluster" } } }],
  ["a registry with a port", { kubernetes: { registry: "registry.example.org:5000/xmpp/prod", pullSecret: "registry" } }],
])("%s are fine", (_, given) => expect(lines(given)).toEqual([]));

test("none of it matters on Docker", () => {
  expect(linesOf({ domains, ...nodePort, storage: { uploads: "1B" } })).toEqual([]);
});
