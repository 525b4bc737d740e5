// The Kubernetes half of the platform: a namespace in which nobody reaches anybody but as declared, and one way in.
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { KeptVolumes } from "../kept-volumes.ts";
import { withLogFormat } from "../log-environment.ts";
import type { IssuedCertificate, Platform, PlatformArgs, Surroundings, WorkloadArgs } from "../workload.ts";
import { certificateName, createCertificate } from "./certificates.ts";
import { Edges } from "./edges.ts";
import { KubernetesWorkload } from "./kubernetes-workload.ts";
import { hostNamespace, labelsOf, portName, publishedSelector } from "./names.ts";
import { plainVolume } from "./pod-volumes.ts";
import { onlyNames } from "./policies.ts";

/**
 * The namespace of a stack, where Pod Security's level `restricted` is enforced and the network is default-deny; another one for
 * what needs the machine; the Service by which the world reaches it; and the way workloads become pods.
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
  readonly claims = new KeptVolumes<kubernetes.core.v1.PersistentVolumeClaim>();
  readonly edges: Edges;
  private readonly name: string;
  private readonly issued = new Set<string>();
  /** Names of the namespaces, by themselves, once they are there. */
  private readonly namespaces = new Map<string, pulumi.Output<string>>();

  constructor(name: string, args: PlatformArgs, options: pulumi.ComponentResourceOptions = {}) {
    super("prosody-stack:kubernetes:Platform", name, { namespace: args.namespace }, options);
    this.name = name;
    this.settings = args;
    this.surroundings = kubernetesSurroundings(args);
    this.provider = this.createProvider(`${name}-provider`);
    this.edges = new Edges(args);
    this.createNamespace(name, args.namespace, "restricted", { protect: true, retainOnDelete: true });
    if (Object.keys(args.publish).length > 0) this.createWayIn(`${name}-service`);
    this.registerOutputs();
  }

  workload(name: string, args: WorkloadArgs, options: pulumi.ComponentResourceOptions): KubernetesWorkload {
    return new KubernetesWorkload(name, { ...withLogFormat(args, this.settings), platform: this }, options);
  }

  /** The namespace of that name. What needs the machine is in one of its own, which is made with the first such workload. */
  namespace(name: string): pulumi.Output<string> {
    if (name === hostNamespace(this.settings) && !this.namespaces.has(name)) this.createNamespace(`${this.name}-host`, name, "privileged");
    return this.namespaces.get(name)!;
  }

  /** Has cert-manager issue a certificate, once for all workloads of a namespace that show it. */
  issue(certificate: IssuedCertificate, namespace: string): void {
    const name = `${this.name}${namespace === this.settings.namespace ? "" : "-host"}-certificate-${certificate.domain}`;
    if (this.issued.has(name)) return;
    this.issued.add(name);
    const metadata = this.metadata(certificateName(certificate), namespace);
    createCertificate(name, certificate, metadata, this.settings.kubernetes.certManager, this.child());
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

  /** A namespace where nobody reaches anybody but names. */
  private createNamespace(name: string, physicalName: string, level: "restricted" | "privileged", options: pulumi.CustomResourceOptions = {}): void {
    const levels = Object.fromEntries(["enforce", "audit", "warn"].map((mode) => [`pod-security.kubernetes.io/${mode}`, level]));
    const metadata = { name: physicalName, labels: { ...labelsOf(this.settings), ...levels } };
    const namespace = new kubernetes.core.v1.Namespace(`${name}-namespace`, { metadata }, { ...this.child(), ...options });
    this.namespaces.set(physicalName, namespace.metadata.name);
    new kubernetes.networking.v1.NetworkPolicy(`${name}-policy`, { metadata: this.metadata("only-names", physicalName), spec: onlyNames(this.settings) }, this.child());
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
    new kubernetes.core.v1.Service(name, { metadata: this.metadata("xmpp", this.settings.namespace, service.annotations), spec }, this.child());
  }

  private metadata(name: string, namespace: string, annotations: Readonly<Record<string, string>> = {}) {
    return { name, namespace: this.namespace(namespace), labels: labelsOf(this.settings), ...(Object.keys(annotations).length > 0 ? { annotations } : {}) };
  }

  private child(): pulumi.CustomResourceOptions {
    return { parent: this, provider: this.provider };
  }
}

/** What a service needs to know of where it runs. The way in keeps the clients' addresses, so that nobody has a stranger's. */
function kubernetesSurroundings(settings: PlatformArgs): Surroundings {
  const { namespace, kubernetes: { clusterDomain, podNetworks } } = settings;
  const host = (workload: string) => `${workload}.${namespace}.svc.${clusterDomain}`;
  return { peers: podNetworks, strangers: [], host, frontHost: host, mark: { by: "pod", volume: plainVolume(settings) } };
}
