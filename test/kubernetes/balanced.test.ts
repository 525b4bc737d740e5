// A load balancer before a stack on a cluster: the test is one, and comes to the NodePorts.
import { afterAll, beforeAll } from "vitest";
import { families } from "../cluster/addresses.ts";
import { nodeAddress } from "../cluster/cluster.ts";
import { testWaysThroughBalancer } from "../e2e/balanced-ways.ts";
import { ClusterStack } from "./cluster-stack.ts";

const stack = new ClusterStack("kube-balanced", 10);

beforeAll(async () => {
  // The machine comes to a pod as its node, or as the pods' network has it.
  stack.settings = { ...stack.settings, publish: { ...stack.ports, proxyProtocol: [nodeAddress, ...families.map(({ pods }) => pods)] } };
  await stack.up();
}, 400_000);

afterAll(async () => {
  fronts.close();
  await stack.remove();
});

const fronts = testWaysThroughBalancer(stack, nodeAddress);
