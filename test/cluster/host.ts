// What the cluster adds to the machine's network, and takes away again: an interface with the node's addresses, routes to
// services, and rules.
import { OperatorError } from "../../ops/errors.ts";
import { answers, run } from "../../ops/run.ts";
import { families, nodeInterface } from "./addresses.ts";
import { type Choices, rendered } from "./configuration.ts";

/** Chain of ours in the table of iptables, which is others' otherwise. */
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
  for (const { tool } of passages()) {
    if (!(await run(`${tool}-save`, ["--table", "filter"])).stdout.includes(`:${chain} `)) continue;
    await run(tool, ["--delete", "FORWARD", "--jump", chain]);
    await run(tool, ["--flush", chain]);
    await run(tool, ["--delete-chain", chain]);
  }
  await run("nft", ["delete", "table", "inet", "prosody-cluster"]);
  await run("ip", ["link", "delete", nodeInterface]);
}

interface Passage {
  readonly tool: "iptables" | "ip6tables";
  readonly rules: readonly (readonly string[])[];
}

/** Docker drops what is forwarded and not its own, and no rule elsewhere can change that. */
function passages(): Passage[] {
  return families.map(({ version, pods }) => ({
    tool: version === 4 ? "iptables" : "ip6tables",
    rules: [
      ["--source", pods, "--jump", "ACCEPT"],
      ["--destination", pods, "--jump", "ACCEPT"],
    ],
  }));
}

/** Only where somebody has rules in that chain, or refuses what has none: else iptables would leave empty tables behind. */
async function passThrough({ tool, rules }: Passage): Promise<void> {
  const { stdout } = await run(`${tool}-save`, ["--table", "filter"]);
  if (!isInUse(stdout, "FORWARD")) return;
  if (!stdout.includes(`:${chain} `)) await must(tool, ["--new-chain", chain]);
  await must(tool, ["--flush", chain]);
  for (const rule of rules) await must(tool, ["--append", chain, ...rule]);
  if (!stdout.includes(`-A FORWARD -j ${chain}`)) await must(tool, ["--insert", "FORWARD", "--jump", chain]);
}

/** Whether a chain in the output of `iptables-save` has an effect on anything. */
export function isInUse(saved: string, base: string): boolean {
  return new RegExp(`^-A ${base} |^:${base} (?!ACCEPT)`, "m").test(saved);
}

async function must(program: string, args: readonly string[], input?: string): Promise<void> {
  const { exitCode, stderr } = await run(program, args, input === undefined ? {} : { input });
  if (exitCode !== 0) throw new OperatorError(`${[program, ...args].join(" ")}: ${stderr.trim()}`);
}
