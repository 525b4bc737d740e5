// What the cluster's parts read: every place of the templates is filled in, and the result is what their readers parse.
import { readdirSync } from "node:fs";
import * as yaml from "js-yaml";
import { describe, expect, it, test } from "vitest";
import { families, firstService, ipv4, ipv6, loopback, ofFamilies } from "../../cluster/addresses.ts";
import { configurationFiles, configurationPath, rendered } from "../../cluster/configuration.ts";
import { daemons } from "../../cluster/daemons.ts";
import { imageReference } from "../../cluster/program-images.ts";

const closed = { egress: false };
const addons = readdirSync("test/cluster/templates/addons");

test("no template says undefined", () => {
  const texts = [...Object.values(configurationFiles(closed)), rendered("rules.nft", closed), ...addons.map((name) => rendered(`addons/${name}`, closed))];
  expect(texts.filter((text) => /undefined|<%|\[object/.test(text))).toEqual([]);
});

test("kubelet asks the cluster's own servers, and watches what it gives to pods", () => {
  const kubelet = yaml.load(configurationFiles(closed)[configurationPath("kubelet.yaml")]!);
  expect(kubelet).toMatchObject({
    address: ipv4.node,
    healthzBindAddress: loopback,
    clusterDNS: [ipv4.names],
    containerRuntimeEndpoint: "unix:///run/prosody-cluster/containerd.sock",
    configMapAndSecretChangeDetectionStrategy: "Watch",
  });
});

test("kube-proxy has NodePorts on the node's addresses only", () => {
  const proxy = yaml.load(configurationFiles(closed)[configurationPath("kube-proxy.yaml")]!);
  const lengths = { 4: 32, 6: 128 } as const;
  expect(proxy).toMatchObject({ mode: "nftables", nodePortAddresses: families.map(({ version, node }) => `${node}/${lengths[version]}`) });
});

test("pods have an address of each family", () => {
  const network = JSON.parse(configurationFiles(closed)[configurationPath("cni/pods.conflist")]!) as { plugins: { ipam: unknown }[] };
  expect(network.plugins[0]!.ipam).toMatchObject({ ranges: families.map(({ pods }) => [{ subnet: pods }]) });
});

describe("rules", () => {
  it("keep pods on this machine unless asked", () => {
    expect(rendered("rules.nft", closed)).toContain(`ip saddr ${ipv4.pods} reject`);
    expect(rendered("rules.nft", closed)).not.toContain("masquerade");
  });

  it("let them out behind the machine's address with --egress", () => {
    expect(rendered("rules.nft", { egress: true })).not.toContain("reject");
    expect(rendered("rules.nft", { egress: true })).toContain("masquerade");
  });
});

describe.each(addons)("%s", (name) => {
  const objects = yaml.loadAll(rendered(`addons/${name}`, closed)) as { kind: string; metadata: { name: string } }[];

  it("is a list of named objects", () => {
    expect(objects.length).toBeGreaterThan(4);
    for (const object of objects) expect([object.kind, object.metadata.name]).toEqual([expect.any(String), expect.any(String)]);
  });

  it("runs the image that is made of its program", () => {
    expect(JSON.stringify(objects)).toContain(imageReference(name.replace(".yaml", "") as "coredns"));
  });
});

test("names of elsewhere are asked for only where pods get there", () => {
  expect(rendered("addons/coredns.yaml", closed)).not.toContain("forward");
  expect(rendered("addons/coredns.yaml", { egress: true })).toMatch(/^ {6}forward \. \/etc\/resolv\.conf$/m);
});

test("nothing listens on all addresses of the machine", () => {
  expect(daemons.flatMap(({ args }) => args).filter((arg) => /0\.0\.0\.0|::|=:/.test(arg) && !arg.includes(ofFamilies("node")) && !arg.includes(ofFamilies("services")))).toEqual([]);
});

test("the API has the first address of the services", () => {
  expect([ipv4, ipv6].map(firstService)).toEqual(["10.96.0.1", "fd5a:91c3:7e57:2::1"]);
});
