// Client containers beside the cluster, which reach a stack by the node's ports from addresses of their own.
import { nodeAddress, nodeAddress6 } from "../cluster/cluster.ts";
import type { Route } from "../e2e/client-relay.ts";
import { NetworkOfClients } from "../e2e/network-of-clients.ts";

export class OutsideClients extends NetworkOfClients {
  protected override join(): Promise<void> {
    return Promise.resolve(); // they come from outside
  }

  protected override routes(): Promise<Route[]> {
    const to = (port: number) => ({ 4: [nodeAddress, port], 6: [nodeAddress6 ?? nodeAddress, port] }) as const;
    return Promise.resolve(Object.values(this.stack.ports).map((port) => ({ port, to: to(port) })));
  }
}
