// Whether the cluster works: not what its records say, which are of yesterday just after a start, but what answers.
import { Resolver } from "node:dns/promises";
import { setTimeout as delay } from "node:timers/promises";
import { OperatorError } from "../../ops/errors.ts";
import { clusterDomain, ipv4, nodeName } from "./addresses.ts";
import { kubectl } from "./kubectl.ts";
import { lastWords } from "./processes.ts";

export async function apiAnswers(): Promise<boolean> {
  return (await kubectl(["get", "--raw", "/readyz"])).exitCode === 0;
}

/** Whether kubelet has said since then that its node is ready. */
export async function nodeIsReady(since = new Date(0)): Promise<boolean> {
  const path = 'jsonpath={range .status.conditions[?(@.type=="Ready")]}{.status} {.lastHeartbeatTime}{end}';
  const { stdout } = await kubectl(["get", "node", nodeName, "--output", path]);
  const [status, heartbeat = ""] = stdout.split(" ");
  return status === "True" && Date.parse(heartbeat) >= Math.floor(since.getTime() / 1000) * 1000;
}

/** Whether a name of a service is found through the address of a service: that takes kube-proxy and CoreDNS. */
export async function namesAnswer(): Promise<boolean> {
  const resolver = new Resolver({ timeout: 1000, tries: 1 });
  resolver.setServers([ipv4.names]);
  return resolver.resolve4(`kubernetes.default.svc.${clusterDomain}`).then(
    () => true,
    () => false,
  );
}

interface Pod {
  readonly status: { readonly conditions?: readonly { readonly type: string; readonly status: string; readonly lastTransitionTime: string }[]; readonly containerStatuses?: readonly ContainerStatus[] };
}

interface ContainerStatus {
  readonly state: { readonly running?: { readonly startedAt: string } };
}

/** Whether a deployment has a pod that is ready and whose containers were started since then. */
export async function deploymentIsReady(namespace: string, selector: string, since = new Date(0)): Promise<boolean> {
  const { exitCode, stdout } = await kubectl(["--namespace", namespace, "get", "pods", "--selector", selector, "--output", "json"]);
  return exitCode === 0 && (JSON.parse(stdout) as { items: Pod[] }).items.some((pod) => podIsReady(pod, since));
}

export function podIsReady({ status: { conditions = [], containerStatuses = [] } }: Pod, since: Date): boolean {
  const second = Math.floor(since.getTime() / 1000) * 1000; // Kubernetes' times have no fraction
  return conditions.some(({ type, status }) => type === "Ready" && status === "True") && containerStatuses.every(({ state }) => Date.parse(state.running?.startedAt ?? "") >= second);
}

/** Polls for two minutes. @throws OperatorError with the last words of the process that it depends on */
export async function waitFor(what: string, process: string, condition: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 120_000; Date.now() < end; await delay(100)) if (await condition()) return;
  throw new OperatorError(`${what}: not after 120 s; the last of ${process}:\n${lastWords(process)}`);
}
