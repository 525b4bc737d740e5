// The Docker half of the platform: one machine, two networks, containers that come back by themselves.
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { gatewayOf, isLoopback } from "../../settings/subnets.ts";
import { KeptVolumes } from "../kept-volumes.ts";
import { withLogFormat } from "../log-environment.ts";
import type { Platform, PlatformArgs, Surroundings, WorkloadArgs } from "../workload.ts";
import { DockerWorkload } from "./docker-workload.ts";

/**
 * The networks of a stack on a Docker engine, and the way workloads become containers on them.
 *
 * @example
 * const platform = new DockerPlatform("docker", { namespace: "xmpp-dev", network, publishAddresses: ["127.0.0.1"], logs });
 * platform.workload("prosody-server", { name: "prosody", image, command, user, ... }, { parent: this });
 * @see https://www.pulumi.com/registry/packages/docker/api-docs/network/
 */
export class DockerPlatform extends pulumi.ComponentResource implements Platform {
  readonly front: docker.Network;
  readonly back: docker.Network;
  readonly settings: PlatformArgs;
  readonly surroundings: Surroundings;
  readonly dataVolumes = new KeptVolumes<docker.Volume>();

  constructor(name: string, args: PlatformArgs, options: pulumi.ComponentResourceOptions = {}) {
    super("prosody-stack:docker:Platform", name, { namespace: args.namespace }, options);
    this.settings = args;
    this.surroundings = dockerSurroundings(args);
    const { front, front6, back, back6 } = args.network;
    this.front = this.createNetwork(`${name}-front`, "front", { subnet: front, subnet6: front6, internal: false });
    this.back = this.createNetwork(`${name}-back`, "back", { subnet: back, subnet6: back6, internal: true });
    this.registerOutputs({ front: this.front.name, back: this.back.name });
  }

  /** A container with everything that belongs to it, on these networks. */
  workload(name: string, args: WorkloadArgs, options: pulumi.ComponentResourceOptions): DockerWorkload {
    return new DockerWorkload(name, { ...withLogFormat(args, this.settings), platform: this }, options);
  }

  private createNetwork(
    name: string,
    suffix: string,
    args: { readonly subnet: string; readonly subnet6: string; readonly internal: boolean },
  ): docker.Network {
    const { namespace, network } = this.settings;
    const subnets = network.ipv6 ? [args.subnet, args.subnet6] : [args.subnet];
    return new docker.Network(
      name,
      {
        name: `${namespace}-${suffix}`,
        driver: "bridge",
        internal: args.internal,
        ipv6: network.ipv6,
        ipamConfigs: subnets.map((subnet) => ({ subnet })),
      },
      // The name and the subnet can each exist once, so the new network cannot come before the old one goes.
      { parent: this, deleteBeforeReplace: true },
    );
  }
}

/**
 * What a service needs to know of where it runs. Strangers come with the gateway's address where ports are published to
 * others than this machine (docs/ports.md, "Whose address is seen").
 */
export function dockerSurroundings({ namespace, network, publishAddresses }: Pick<PlatformArgs, "namespace" | "network" | "publishAddresses">): Surroundings {
  const { front, front6, back, back6, ipv6 } = network;
  return {
    peers: ipv6 ? [back, back6] : [back],
    strangers: publishAddresses.every(isLoopback) ? [] : [front, ...(ipv6 ? [front6] : [])].map(gatewayOf),
    host: (workload) => workload,
    frontHost: (workload) => `${namespace}-${workload}.${namespace}-front`, // a container's name, and which of its networks
    mark: { by: "volume", prefix: `${namespace}-`, suffix: "-config" }, // as DockerWorkload names it
  };
}
