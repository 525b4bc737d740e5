// What the cluster adds to the machine's network, and takes away again: an interface with the node's addresses, routes to
// services, and rules.
import { OperatorError } from "../../ops/errors.ts";
import { answers, run } from "../../ops/run.ts";
import { families, nodeInterface } from "./addresses.ts";
import { type Choices, rendered } from "./configuration.ts";

/** Chain of ours in the tables of iptables, which are others' otherwise. */
const chain = "PROSODY-CLUSTER";

/** Doing it again changes nothing, and brings back what somebody else has removed. */
export async function prepareNetwork(choices: Choices): Promise<void> {
  if (!(await answers("ip", "link", "show", nodeInterface))) await must("ip", ["link", "add", nodeInterface, "type", "bridge"]);
  await must("ip", ["link", "set", nodeInterface, "up"]);
  for (const { version, node, services } of families) {
    // Nobody else is on this interface who could have the address already, and nobody to ask.
    const flags = version === 6 ? ["nodad"] : [];
    await must("ip", [`-${version}`, "address", "replace", `${node}/${version === 4 ? 32 : 128}`, "dev", nodeInterface, ...flags]);
    // Until kube-proxy has its rules a service's address must lead nowhere: by the default route it would leave the machine.
    await must("ip", [`-${version}`, "route", "replace", services, "dev", nodeInterface, "src", node]);
  }
  await must("nft", ["--file", "-"], rendered("rules.nft", choices));
  for (const rule of passages()) await passThrough(rule);
}

export async function removeNetwork(): Promise<void> {
  for (const { tool, table, base } of passages()) {
    await run(tool, ["--table", table, "--delete", base, "--jump", chain]);
    await run(tool, ["--table", table, "--flush", chain]);
    await run(tool, ["--table", table, "--delete-chain", chain]);
  }
  await run("nft", ["delete", "table", "inet", "prosody-cluster"]);
  await run("ip", ["link", "delete", nodeInterface]);
}

interface Passage {
  readonly tool: "iptables" | "ip6tables";
  readonly table: "filter" | "nat";
  readonly base: string;
  readonly rules: readonly (readonly string[])[];
}

/** What Docker would drop because it is not its own, and where it would put its address in the place of a client's. */
function passages(): Passage[] {
  return families.flatMap(({ version, pods }) => {
    const tool = version === 4 ? "iptables" : "ip6tables";
    return [
      { tool, table: "filter", base: "FORWARD", rules: [["--source", pods, "--jump", "ACCEPT"], ["--destination", pods, "--jump", "ACCEPT"]] },
      { tool, table: "nat", base: "POSTROUTING", rules: [["--destination", pods, "--jump", "ACCEPT"]] },
    ] satisfies Passage[];
  });
}

/** Only where somebody has rules in that chain, or refuses what has none: else iptables would leave empty tables behind. */
async function passThrough({ tool, table, base, rules }: Passage): Promise<void> {
  const { stdout } = await run(`${tool}-save`, ["--table", table]);
  if (!isInUse(stdout, base)) return;
  if (!stdout.includes(`:${chain} `)) await must(tool, ["--table", table, "--new-chain", chain]);
  await must(tool, ["--table", table, "--flush", chain]);
  for (const rule of rules) await must(tool, ["--table", table, "--append", chain, ...rule]);
  // First again, if Docker has put its own rules before it.
  await run(tool, ["--table", table, "--delete", base, "--jump", chain]);
  await must(tool, ["--table", table, "--insert", base, "--jump", chain]);
}

/** Whether a chain in the output of `iptables-save` has an effect on anything. */
export function isInUse(saved: string, base: string): boolean {
  return new RegExp(`^-A ${base} |^:${base} (?!ACCEPT)`, "m").test(saved);
}

async function must(program: string, args: readonly string[], input?: string): Promise<void> {
  const { exitCode, stderr } = await run(program, args, input === undefined ? {} : { input });
  if (exitCode !== 0) throw new OperatorError(`${[program, ...args].join(" ")}: ${stderr.trim()}`);
}
