// What has to be so on this machine before a cluster can be on it.
import { existsSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { installPackages } from "../../ops/docker-engine.ts";
import { OperatorError } from "../../ops/errors.ts";
import { run } from "../../ops/run.ts";
import { overlap } from "../../settings/subnets.ts";
import { families, nodeInterface } from "./addresses.ts";

/** Debian's packages by the program that each is wanted for. */
const packages: Readonly<Record<string, readonly string[]>> = {
  containerd: ["containerd"],
  runc: ["runc"],
  nft: ["nftables"],
  iptables: ["iptables"],
  ip: ["iproute2"],
  conntrack: ["conntrack"], // kube-proxy forgets connections with it
  mount: ["mount"],
};

const plugins = "/usr/lib/cni/ptp";

/** Installs what is missing. @throws OperatorError where that cannot be, or nobody but root may do it */
export async function ensurePackages(): Promise<void> {
  requireRoot();
  for (const [program, names] of Object.entries(packages)) await installPackages(program, names);
  if (!existsSync(plugins)) await installPackages(plugins, ["containernetworking-plugins"]);
}

export function requireRoot(): void {
  if (process.getuid?.() !== 0) throw new OperatorError("the tests' cluster is of processes of root's; run this as root, or take a cluster that is there (npm run cluster -- up --existing)");
}

/** @throws OperatorError with a line for everything that has what the cluster needs: another cluster, its addresses */
export async function refuseOthers(): Promise<void> {
  const problems = [...(await otherProxy()), ...(await takenSubnets())];
  if (problems.length > 0) throw new OperatorError(problems.join("\n"));
}

/** Two kube-proxies on a machine would each remove the other's rules. */
async function otherProxy(): Promise<string[]> {
  const { stdout } = await run("nft", ["list", "tables"]);
  return stdout.includes(" kube-proxy\n") || stdout.endsWith(" kube-proxy") ? ["another Kubernetes is on this machine (nft list tables: kube-proxy); stop it, or take that one (npm run cluster -- up --existing)"] : [];
}

interface Route {
  readonly dst: string;
  readonly dev?: string;
}

async function takenSubnets(): Promise<string[]> {
  const routes = await Promise.all(families.map(async ({ version }) => JSON.parse((await run("ip", [`-${version}`, "-json", "route", "list"])).stdout || "[]") as Route[]));
  const addresses = Object.entries(networkInterfaces()).flatMap(([dev, list]) => (list ?? []).flatMap(({ cidr }) => (cidr === null ? [] : [{ dst: cidr, dev }])));
  return overlaps([...routes.flat(), ...addresses]);
}

/** A line for each route or address that is in one of the cluster's subnets or around it. */
export function overlaps(taken: readonly Route[]): string[] {
  const wanted = families.flatMap(({ version, node, pods, services }) => [`${node}/${version === 4 ? 32 : 128}`, pods, services]);
  const others = taken.filter(({ dst, dev }) => dst !== "default" && dev !== nodeInterface);
  const lines = others.flatMap(({ dst, dev }) => wanted.filter((subnet) => overlap(withPrefix(dst), subnet)).map((subnet) => `the tests' cluster needs ${subnet}, which overlaps ${dst} of ${dev ?? "a route"}`));
  return [...new Set(lines)];
}

/** `ip` writes a single address without its length. */
function withPrefix(subnet: string): string {
  if (subnet.includes("/")) return subnet;
  return `${subnet}/${subnet.includes(":") ? 128 : 32}`;
}
