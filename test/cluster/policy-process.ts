// The process that puts NetworkPolicies in force. It is of this project, not of Kubernetes: another version of it takes over
// from the one before while the cluster runs.
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { answers, run } from "../../ops/run.ts";
import { places } from "./places.ts";
import { policyTable } from "./policies.ts";
import { type Daemon, start, stop } from "./processes.ts";
import { waitFor } from "./readiness.ts";

export const policyEnforcer: Daemon = { name: "network-policies", program: process.execPath, args: [join(import.meta.dirname, "policy-enforcer.ts")] };

const sources = ["policies.ts", "policy-enforcer.ts", "selectors.ts", "watch.ts"];
const startedWith = join(places.runtime, "network-policies");

export async function ensurePolicies(): Promise<void> {
  const key = createHash("sha256").update(sources.map((name) => readFileSync(join(import.meta.dirname, name))).join("\0")).digest("hex");
  if (!existsSync(startedWith) || readFileSync(startedWith, "utf8") !== key) await stop(policyEnforcer.name);
  start(policyEnforcer);
  writeFileSync(startedWith, key);
  await waitFor("network policies are in force", policyEnforcer.name, () => answers("nft", "list", "table", "inet", policyTable));
}

export async function stopPolicies(): Promise<void> {
  await stop(policyEnforcer.name);
  await run("nft", ["delete", "table", "inet", policyTable]);
}
