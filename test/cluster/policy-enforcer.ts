// A process of the cluster: puts NetworkPolicies in force whenever they, namespaces or pods change.
import { run } from "../../ops/run.ts";
import { type Namespace, type NetworkPolicy, type Pod, policyRules } from "./policies.ts";
import { watch } from "./watch.ts";

const namespaces = new Map<string, Namespace>();
const pods = new Map<string, Pod>();
const policies = new Map<string, NetworkPolicy>();

let inForce = "";
let refused = "";
let timer: NodeJS.Timeout | undefined;
let applying = Promise.resolve();

/** Soon, for changes come in groups, and after what is being applied now. */
function changed(): void {
  timer ??= setTimeout(() => {
    timer = undefined;
    applying = applying.then(apply);
  }, 50);
}

async function apply(): Promise<void> {
  const rules = policyRules({ namespaces: [...namespaces.values()], pods: [...pods.values()], policies: [...policies.values()] });
  if (rules === inForce) return;
  const { exitCode, stderr } = await run("nft", ["--file", "-"], { input: rules });
  if (exitCode !== 0) {
    if (rules !== refused) console.error(`${new Date().toISOString()} nft: ${stderr}\n${rules}`);
    refused = rules;
    return void setTimeout(changed, 500); // or nothing would be in force until something else changes
  }
  inForce = rules;
  console.log(`${new Date().toISOString()} ${policies.size} policies in force for ${pods.size} pods`);
}

changed(); // with none, that is so, too
await Promise.all([watch("namespaces", namespaces, changed), watch("pods", pods, changed), watch("networkpolicies", policies, changed)]);
