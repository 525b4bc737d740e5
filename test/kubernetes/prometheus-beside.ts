// An operator's Prometheus beside the cluster, which reaches a stack by the node's port from an address of its own.
import { nodeAddress } from "../cluster/cluster.ts";
import { OutsidePrometheus } from "../e2e/outside-prometheus.ts";
import { dockerOutput } from "../image/docker.ts";
import type { ClusterStack } from "./cluster-stack.ts";

export class PrometheusBeside extends OutsidePrometheus {
  private readonly network: string;
  private readonly subnet: string;

  /** On a Docker network of its own, an IPv4 /24. */
  constructor(stack: ClusterStack, subnet: string) {
    super(stack, subnet);
    this.network = `${stack.name}-outside`;
    this.subnet = subnet;
  }

  protected override async place(): Promise<{ readonly network: string; readonly front: string }> {
    await dockerOutput(["network", "create", "--subnet", this.subnet, this.network]);
    return { network: this.network, front: nodeAddress };
  }

  override async remove(): Promise<void> {
    await super.remove();
    await dockerOutput(["network", "rm", "--force", this.network]);
  }
}
