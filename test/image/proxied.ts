// A Prosody that takes connections from a front, for the tests.
import { dockerOutput } from "./docker.ts";
import { release } from "./release.ts";
import type { Pair } from "../setup/certificates.ts";
import type { Site } from "./site.ts";
import type { Files } from "./tar.ts";

/** The ports for what a front passes on. */
export const proxiedPorts = { c2s: 15223, s2s: 15270 } as const;

/** A release with those ports open to these networks; `options` are options for all hosts, `hosts` more of them. */
export async function proxiedRelease(networks: readonly string[], { options = "", hosts = "", pair }: { options?: string; hosts?: string; pair?: Pair } = {}): Promise<Files> {
  const { "prosody.cfg.lua": config, ...others } = await release(hosts, pair);
  const before = `
stack_proxied_c2s_ports = { ${proxiedPorts.c2s} }
stack_proxied_s2s_ports = { ${proxiedPorts.s2s} }
stack_proxied_networks = { ${networks.map((network) => JSON.stringify(network)).join("; ")} }
${options}
modules_enabled = { "stack_proxied"; "log_auth"; `;
  return { "prosody.cfg.lua": (config as string).replace("modules_enabled = {", before), ...others };
}

/** The network that the test's connections come from when they go to the container's own address. */
export async function ownNetwork(): Promise<string> {
  return (await dockerOutput(["network", "inspect", "--format", "{{(index .IPAM.Config 0).Subnet}}", "bridge"])).trim();
}

/** What an administrator sees in a column of the list of sessions. */
export async function shown(site: Site, kind: "c2s" | "s2s", column: string): Promise<string[]> {
  const { exitCode, output } = await site.exec("prosodyctl", "shell", kind, "show", "*", column);
  if (exitCode !== 0) throw new Error(output);
  return output.split("\n").map((line) => line.trim());
}
