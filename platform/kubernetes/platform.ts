// The Kubernetes half of the platform: a namespace in which nobody reaches anybody but as declared, and one way in.
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { KeptVolumes } from "../kept-volumes.ts";
import type { Platform, PlatformArgs, Surroundings, WorkloadArgs } from "../workload.ts";
import { KubernetesWorkload } from "./kubernetes-workload.ts";
import { labelsOf, portName, publishedSelector } from "./names.ts";
import { onlyNames } from "./policies.ts";

/**
 * The namespace of a stack, where Pod Security's level `restricted` is enforced and the network is default-deny; the Service by
 * which the world reaches it; and the way workloads become pods in it.
 *
 * @example
 * const platform = new KubernetesPlatform("kubernetes", platformArgs(settings));
 * platform.workload("prosody-server", { name: "prosody", image, command, user, ... }, { parent: this });
 * @see https://kubernetes.io/docs/concepts/security/pod-security-standards/
 */
export class KubernetesPlatform extends pulumi.ComponentResource implements Platform {
  readonly settings: PlatformArgs;
  readonly surroundings: Surroundings;
  readonly provider: kubernetes.Provider;
  /** Name of the namespace, once it is there. */
  readonly namespace: pulumi.Output<string>;
  readonly claims = new KeptVolumes<kubernetes.core.v1.PersistentVolumeClaim>();

  constructor(name: string, args: PlatformArgs, options: pulumi.ComponentResourceOptions = {}) {
    super("prosody-stack:kubernetes:Platform", name, { namespace: args.namespace }, options);
    this.settings = args;
    this.surroundings = kubernetesSurroundings(args);
    this.provider = this.createProvider(`${name}-provider`);
    this.namespace = this.createNamespace(`${name}-namespace`);
    new kubernetes.networking.v1.NetworkPolicy(`${name}-policy`, { metadata: this.metadata("only-names"), spec: onlyNames }, this.child());
    if (Object.keys(args.publish).length > 0) this.createWayIn(`${name}-service`);
    this.registerOutputs();
  }

  workload(name: string, args: WorkloadArgs, options: pulumi.ComponentResourceOptions): KubernetesWorkload {
    return new KubernetesWorkload(name, { ...args, platform: this }, options);
  }

  /** Its ConfigMaps and Secrets change in place: their names are stable, and running pods read them. */
  private createProvider(name: string): kubernetes.Provider {
    const { kubeconfig, context } = this.settings.kubernetes;
    return new kubernetes.Provider(
      name,
      {
        enableConfigMapMutable: true,
        enableSecretMutable: true,
        ...(kubeconfig === undefined ? {} : { kubeconfig }),
        ...(context === undefined ? {} : { context }),
      },
      { parent: this },
    );
  }

  private createNamespace(name: string): pulumi.Output<string> {
    const level = Object.fromEntries(["enforce", "audit", "warn"].map((mode) => [`pod-security.kubernetes.io/${mode}`, "restricted"]));
    const metadata = { name: this.settings.namespace, labels: { ...labelsOf(this.settings), ...level } };
    const namespace = new kubernetes.core.v1.Namespace(name, { metadata }, { parent: this, provider: this.provider, protect: true, retainOnDelete: true });
    return namespace.metadata.name;
  }

  /** One Service, and so one address, for all published ports: each leads to the pods that have a port of its name. */
  private createWayIn(name: string): void {
    const { publish, kubernetes: { service, ipFamilies } } = this.settings;
    const ports = Object.entries(publish).map(([port, number]) => ({
      name: portName(port),
      port: number,
      targetPort: portName(port),
      protocol: "TCP",
      ...(service.type === "NodePort" ? { nodePort: number } : {}),
    }));
    const spec = {
      type: service.type,
      externalTrafficPolicy: service.externalTrafficPolicy,
      ipFamilyPolicy: ipFamilies,
      selector: publishedSelector(this.settings),
      ports,
    };
    new kubernetes.core.v1.Service(name, { metadata: this.metadata("xmpp", service.annotations), spec }, this.child());
  }

  private metadata(name: string, annotations: Readonly<Record<string, string>> = {}) {
    return { name, namespace: this.namespace, labels: labelsOf(this.settings), ...(Object.keys(annotations).length > 0 ? { annotations } : {}) };
  }

  private child(): pulumi.CustomResourceOptions {
    return { parent: this, provider: this.provider };
  }
}

/** What a service needs to know of where it runs. The way in keeps the clients' addresses, so that nobody has a stranger's. */
function kubernetesSurroundings({ namespace, kubernetes: { clusterDomain, podNetworks } }: PlatformArgs): Surroundings {
  return { peers: podNetworks, strangers: [], host: (workload) => `${workload}.${namespace}.svc.${clusterDomain}` };
}
