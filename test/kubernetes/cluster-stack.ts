// A stack of a test's own on the tests' cluster, brought up by the same command as a person's.
import { join } from "node:path";
import { Kubectl, type Item } from "../../ops/kubernetes/kubectl.ts";
import type { Pod } from "../../ops/kubernetes/pods.ts";
import { podsOf } from "../../ops/kubernetes/selectors.ts";
import { families } from "../cluster/addresses.ts";
import { kubeconfig, kubectlPath, nodeAddress } from "../cluster/cluster.ts";
import { places } from "../cluster/places.ts";
import { type Identity, TestStack } from "../e2e/stack.ts";
import { fetchFrom } from "../e2e/web.ts";

// The cluster's own, whatever else the machine has; for the commands, too.
process.env.PATH = `${join(kubectlPath, "..")}:${process.env.PATH}`;

export class ClusterStack extends TestStack {
  private connection: Promise<Kubectl> | undefined;

  /** The ports are those of the node, which have a range of their own: slots go from 0 to 20. */
  constructor(name: string, slot: number, settings: Readonly<Record<string, unknown>> = {}) {
    super(name, 0);
    this.engine = "kubectl";
    const first = 31_000 + 84 * slot;
    Object.assign(this.ports, { c2s: first + 22, c2sDirectTls: first + 23, s2s: first + 69, s2sDirectTls: first + 70, https: first + 43, http: first + 80, proxy65: first });
    this.settings = {
      platform: "kubernetes",
      environment: "development",
      domains: [{ name: "one.test" }],
      publish: this.ports,
      backup: { enabled: false }, // but where a test is about it
      storage: { data: "64MiB", uploads: "64MiB" },
      uploads: { maxSize: "10MB", dailyQuota: "20MB", totalQuota: "50MB" },
      kubernetes: { kubeconfig, containerd: places.containerd, podNetworks: families.map(({ pods }) => pods), service: { type: "NodePort" } },
      ...settings,
    };
  }

  override service(directTls = false, address: string = nodeAddress): string {
    return super.service(directTls, address);
  }

  /** The cluster as the commands reach it. */
  kubectl(): Promise<Kubectl> {
    return (this.connection ??= Kubectl.connected({ kubernetes: { kubeconfig }, namespace: this.namespace }));
  }

  async ask(...args: string[]): Promise<string> {
    return (await this.kubectl()).output(args);
  }

  /** The running pods of a service, in whichever of the stack's namespaces it is. */
  async pods(service = "prosody"): Promise<Pod[]> {
    const [option, selector] = podsOf(service) as readonly [string, string];
    return (await this.kubectl()).list<Pod>("pods", "--all-namespaces", option, `${selector},app.kubernetes.io/instance=${this.namespace}`);
  }

  override async identity(service = "prosody"): Promise<Identity> {
    const found = (await this.pods(service)).map((pod) => pod as Pod & { metadata: { uid: string }; status: { containerStatuses?: { name: string; state: { running?: { startedAt: string } } }[] } });
    return { id: found.map(({ metadata }) => metadata.uid).join(), startedAt: found.map(({ status }) => status.containerStatuses?.[0]?.state.running?.startedAt ?? "").join() };
  }

  protected override async removeRemains(): Promise<void> {
    await this.ask("delete", "namespace", this.namespace, "--ignore-not-found");
  }

  override async createAccount(jid: string, password: string): Promise<void> {
    await this.ask("exec", "prosody-0", "--container", "prosody", "--", "prosodyctl", "--config", "/config/current/prosody.cfg.lua", "shell", "user", "create", jid, password);
  }

  override async logs(service = "prosody"): Promise<string> {
    return this.ask("logs", ...podsOf(service), "--container", service, "--tail", "-1");
  }

  /** HTTPS to a host name of the stack, through the way in. */
  fetch: typeof fetchFrom = (url, options = {}, body) => fetchFrom(url, { host: nodeAddress, ...options }, body);

  /** Everything of the stack with its version, which each change raises; a check that has passed stays as it is. */
  async versions(): Promise<Record<string, string>> {
    const kinds = "namespaces,statefulsets,deployments,jobs,services,networkpolicies,poddisruptionbudgets,configmaps,secrets,serviceaccounts,persistentvolumeclaims,pods";
    const items = await (await this.kubectl()).list<Item & { metadata: { resourceVersion: string } }>(kinds, "--selector", `app.kubernetes.io/instance=${this.namespace}`);
    return Object.fromEntries(items.map(({ kind, metadata }) => [`${kind}/${metadata.name}`, metadata.resourceVersion]));
  }
}
