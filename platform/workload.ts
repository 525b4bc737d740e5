// The contract between components and platforms: a component says what it runs and needs, a platform gives it.
import type * as pulumi from "@pulumi/pulumi";

/** Directories that make an image's build context, content-addressed; the Dockerfile is at the context's root. */
export interface ImageSource {
  /** Name of the image without registry and tag, e.g. `prosody`. */
  readonly name: string;
  /**
   * Directories copied into the build context: `from` in the project, `to` in the context ("." is its root). Where there
   * is an `only`, of files whose path below `from` it matches.
   */
  readonly directories: readonly { readonly from: string; readonly to: string; readonly only?: RegExp }[];
}

/** A file that is delivered to a running service: checked, swapped in and reloaded without a restart. */
export interface DeliveredFile {
  /** Path below the service's configuration directory. */
  readonly path: string;
  /** The text; a secret stays one on its way. */
  readonly content: pulumi.Input<string>;
  /** Whether only the service may read it: a secret is kept apart from plain files and out of every diff. */
  readonly secret: boolean;
}

/** A file that is no secret. */
export function plainFile(path: string, content: pulumi.Input<string>): DeliveredFile {
  return { path, content, secret: false };
}

/** A certificate that the platform has issued and renewed: delivered as `certs/<domain>.crt`, its chain, and `certs/<domain>.key`. */
export interface IssuedCertificate {
  readonly domain: string;
  /** Every name that it is for, in ASCII. */
  readonly names: readonly string[];
}

export interface DataVolume {
  /** What it holds, e.g. `data`; with its workload and generation it makes the physical name. */
  readonly name: string;
  /** Bytes that are asked for, where a platform gives volumes by size. */
  readonly size: number;
  /** Whether other workloads see it too. */
  readonly shared: boolean;
  /** Where the service sees it. */
  readonly path: string;
  /** The one that the service sees. A restore makes the next one and keeps this one. */
  readonly generation: number;
  /** Others that are to be there beside it and that the service does not see; none, if nothing is said. */
  readonly kept?: readonly number[];
  /** The workload that it is a volume of, where that is another one, which was made before: both see the same files. */
  readonly of?: string;
}

/** How a workload runs. */
export type Runs =
  /** For as long as it is there. */
  | { readonly as: "service" }
  /** The same, once on every node. */
  | { readonly as: "onEveryNode" }
  /** To its end, when it is new or its `restartOn` is another one, within so many seconds. */
  | { readonly as: "once"; readonly deadline: number }
  /** To its end, at these times (five fields of cron, UTC), never two at a time, each within so many seconds. */
  | { readonly as: "schedule"; readonly cron: string; readonly deadline: number };

/** What a workload may need of the machine that it runs on: its network for its own, its processes and, read-only at `/host`, its files. */
export type HostPart = "network" | "files";

/** How a port is spoken to. */
export type Protocol = "tcp" | "udp";

export interface Port {
  /** Its name; one of PlatformArgs.publish or PlatformArgs.publishOnMachine is published under the number that stands there. */
  readonly name: string;
  /** Port on which the service listens. */
  readonly port: number;
  /** How many ports it is, from that one on; 1, if nothing is said. They are published under as many numbers in a row. */
  readonly count?: number;
  /** TCP, if nothing is said. */
  readonly protocols?: readonly Protocol[];
  /** The other workloads that connect to it. Who else may is the platform's matter (docs/ports.md). */
  readonly from?: readonly string[];
}

/** A port with what it is when nothing is said. */
export function completePort(port: Port): Port & Required<Pick<Port, "count" | "protocols">> {
  return { count: 1, protocols: ["tcp"], ...port };
}

/** What a component asks of the platform. Paths and switches only in `environment`, never a secret. */
export interface WorkloadArgs {
  /** Its name for other workloads (on the back network, where it is on that) and, after the namespace, in every physical name, e.g. `prosody`. */
  readonly name: string;
  readonly image: ImageSource;
  /**
   * An image of somebody else's, as `name@sha256:…`, that the workload runs; `image` delivers its files then, and does no more. Of what
   * such an image does by itself at its start nothing is done, and nobody tells its program of other files.
   */
  readonly foreignImage?: string;
  /** A service, if nothing is said. */
  readonly runs?: Runs;
  /** Nothing, if nothing is said. Where a platform keeps workloads apart, one that needs it is apart from the others, and keeps no data. */
  readonly host?: readonly HostPart[];
  /** Program and arguments, without a shell. */
  readonly command: readonly string[];
  readonly user: { readonly uid: number; readonly gid: number };
  /** Groups besides the user's own, by which workloads share the files of a volume. */
  readonly groups: readonly number[];
  readonly environment: Readonly<Record<string, string>>;
  /** Delivered to `/config` by the image's own `/usr/lib/stack/deliver.lua`. */
  readonly files: readonly DeliveredFile[];
  /** Delivered with them; none, if nothing is said. */
  readonly certificates?: readonly IssuedCertificate[];
  readonly volumes: readonly DataVolume[];
  /** Directories in memory, owned by the user and empty at every start; sizes in bytes. */
  readonly scratch: Readonly<Record<string, number>>;
  /** Every port that others reach; the rest stays within the service. */
  readonly ports: readonly Port[];
  /** `front` is where ports are published, `back` is for other workloads only. */
  readonly networks: readonly ("front" | "back")[];
  /** Whom it connects to by itself: anybody, or only workloads that say so with their ports. */
  readonly reaches: "anybody" | "workloads";
  /** How to see that it is well; what ends by itself tells by its exit status. */
  readonly health?: {
    readonly command: readonly string[];
    /** Seconds. */
    readonly interval: number;
    readonly timeout: number;
    readonly startPeriod: number;
    readonly retries: number;
  };
  /** Memory in bytes. */
  readonly resources: { readonly memory: number; readonly cpus: number; readonly pids: number };
  /** Seconds between the request to stop and the kill. */
  readonly stopGrace: number;
  /** Replaces the running service when it changes: a hash of what a reload does not reach. */
  readonly restartOn: string;
}

/** What a platform is told about a stack, whichever platform it is. */
export interface PlatformArgs {
  /** Prefix of every physical name. */
  readonly namespace: string;
  /** Subnets of both networks, with those of IPv6 where `ipv6` is on. */
  readonly network: {
    readonly front: string;
    readonly back: string;
    readonly front6: string;
    readonly back6: string;
    readonly ipv6: boolean;
  };
  /** The number under which each port is published, by the port's name. */
  readonly publish: Readonly<Record<string, number>>;
  /**
   * The same for what only a machine can publish, and no load balancer: ranges, and a port of both protocols. Where a platform keeps
   * workloads apart, one that has such a port is apart from the others, and keeps no data.
   */
  readonly publishOnMachine: Readonly<Record<string, number>>;
  /** Addresses of the machine on which ports are published. */
  readonly publishAddresses: readonly string[];
  /** The form of the lines, and log rotation per container; `maxSize` in bytes. */
  readonly logs: { readonly format: "json" | "text"; readonly maxSize: number; readonly maxFiles: number };
  /** How a cluster is used; of no meaning elsewhere. */
  readonly kubernetes: KubernetesArgs;
}

/** What is a cluster's own (docs/kubernetes.md). */
export interface KubernetesArgs {
  /** Path of the kubeconfig file, by default the one that kubectl takes. */
  readonly kubeconfig?: string | undefined;
  /** Context in it, by default the current one. */
  readonly context?: string | undefined;
  /** The domain of its Services, e.g. `cluster.local`. */
  readonly clusterDomain: string;
  /** Networks of its pods: what comes from there is a workload's, or another pod's of the cluster. */
  readonly podNetworks: readonly string[];
  /** Addresses of name servers that are not the cluster's usual pods. */
  readonly nameServers: readonly string[];
  /** The way in. */
  readonly service: {
    readonly type: "LoadBalancer" | "NodePort";
    readonly externalTrafficPolicy: "Local" | "Cluster";
    readonly annotations: Readonly<Record<string, string>>;
  };
  /** Claims of volumes: their class (by default the cluster's), and how those are shared that several workloads see. */
  readonly storage: { readonly class?: string | undefined; readonly shared: "ReadWriteOnce" | "ReadWriteMany" };
  /** cert-manager's issuer of certificates; none where it is not used. */
  readonly certManager: { readonly issuer?: string | undefined; readonly issuerKind: "ClusterIssuer" | "Issuer" };
  /** Labels of the nodes that publish what only a machine can; any node, where there are none. */
  readonly publishNodes: Readonly<Record<string, string>>;
  /** Where images come from: a registry with what is before `/prosody`, or none where the nodes have them. */
  readonly registry?: string | undefined;
  /** Secret in the namespace with the registry's credentials. */
  readonly pullSecret?: string | undefined;
  readonly ipFamilies: "SingleStack" | "PreferDualStack" | "RequireDualStack";
}

/** What a service needs to know of where it runs. */
export interface Surroundings {
  /** Networks from which workloads reach each other: what comes from there may say whom it speaks for. */
  readonly peers: readonly string[];
  /** Addresses that anybody from outside may come with. */
  readonly strangers: readonly string[];
  /** DNS name by which workloads reach that one. */
  readonly host: (workload: string) => string;
  /** DNS name by which workloads on the front network reach that one there, where strangers do. */
  readonly frontHost: (workload: string) => string;
  /** By what its containers are known on a machine. */
  readonly mark: ContainerMark;
}

/** By what the mounts of a container tell that it is one of the stack: they are what every user of a machine may see of it. */
export type ContainerMark =
  /** Its files are on the volume of that name, with its workload's between both. */
  | { readonly by: "volume"; readonly prefix: string; readonly suffix: string }
  /** It is called like its workload, and its pod has a volume of that name. */
  | { readonly by: "pod"; readonly volume: string };

export interface Platform {
  readonly surroundings: Surroundings;
  /** Runs a workload; the resource it returns is its children's parent and carries no secrets. */
  workload(name: string, args: WorkloadArgs, options: pulumi.ComponentResourceOptions): pulumi.ComponentResource;
}
