// Connections that a front passes on: a PROXY protocol header, then direct TLS that ends in Prosody.
import { afterAll, beforeAll, expect, test } from "vitest";
import { dockerOutput } from "./docker.ts";
import { Fronts, binaryTcp, text } from "./front.ts";
import { prosodyImage } from "./image.ts";
import { release } from "./release.ts";
import { Site } from "./site.ts";
import { directTls } from "./stream.ts";
import type { Pair } from "../setup/certificates.ts";
import type { Files } from "./tar.ts";

const [c2s, s2s] = [15223, 15270];
let site: Site;
let fronts: Fronts;
let subnet: string;

/** A release with both ports open to connections that come from `networks`. */
async function proxied(networks: readonly string[], pair?: Pair): Promise<Files> {
  const { "prosody.cfg.lua": config, ...others } = await release("", pair);
  const options = `
stack_proxied_c2s_ports = { ${c2s} }
stack_proxied_s2s_ports = { ${s2s} }
stack_proxied_networks = { ${networks.map((network) => JSON.stringify(network)).join("; ")} }
modules_enabled = { "stack_proxied_tls"; "log_auth"; `;
  return { "prosody.cfg.lua": (config as string).replace("modules_enabled = {", options), ...others };
}

beforeAll(async () => {
  site = new Site(await prosodyImage());
  subnet = (await dockerOutput(["network", "inspect", "--format", "{{(index .IPAM.Config 0).Subnet}}", "bridge"])).trim();
  await site.deliver(await proxied([subnet]));
  await site.start();
  fronts = new Fronts(await site.address());
}, 300_000);

afterAll(async () => {
  fronts.close();
  await site.remove();
});

/** Addresses of client sessions as the administrator sees them. */
async function addresses(): Promise<string[]> {
  const { output } = await site.exec("prosodyctl", "shell", "c2s", "show", "*", "ip");
  return output.split("\n").map((line) => line.trim()).filter((line) => /^[\da-f]+[.:]/.test(line));
}

test.each([
  ["v1 TCP4", text("TCP4", "203.0.113.7"), "203.0.113.7"],
  ["v1 TCP6", text("TCP6", "2001:db8::7"), "2001:db8::7"],
  ["v2 TCP4", binaryTcp([203, 0, 113, 8]), "203.0.113.8"],
])("a session has the address of the header: %s", async (_, header, address) => {
  const stream = await directTls(await fronts.passOn(c2s, header));
  expect(await stream.open()).toContain("SCRAM");
  expect(await addresses()).toEqual([address]);
  stream.close();
});
