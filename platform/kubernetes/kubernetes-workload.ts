// One workload on Kubernetes: its claims, its files, the check of them, its pods, and who may connect to it.
import { createHash } from "node:crypto";
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { generationName, generationsOf, protection } from "../kept-volumes.ts";
import { type DataVolume, type PlatformArgs, type Runs, type WorkloadArgs, completePort } from "../workload.ts";
import { createController } from "./controller.ts";
import type { DuePolicy } from "./edges.ts";
import { plainData, secretData } from "./files.ts";
import { imageOf } from "./image.ts";
import { hostNamespace, innerPorts, labelsOf, machinePorts, namedProtocols, needsMachine, publishedLabel, publishedPorts, selectorOf, sharersOf, sharesLabel } from "./names.ts";
import type { KubernetesPlatform } from "./platform.ts";
import { type PodContext, type PodSpec, checkPod, runPod, servicePod } from "./pod.ts";
import { filesName, quantity } from "./pod-volumes.ts";
import { edgesTo, ownPolicy } from "./policies.ts";

/** Of a Job: one that failed is made again. */
const replacedUnready = { "pulumi.com/replaceUnready": "true" };

/** For how many seconds Pulumi waits for what is ready at its end only; by itself for ten minutes. */
const awaitedFor = "pulumi.com/timeoutSeconds";

/** Seconds that its pod may take to begin. */
const patience = 300;

export interface KubernetesWorkloadArgs extends WorkloadArgs {
  /** Whose namespace and settings it gets. */
  readonly platform: KubernetesPlatform;
}

/**
 * A workload in the stack's namespace, or in the one for what needs the machine: a StatefulSet where it has volumes of its own, of
 * which one pod at most is the writer, else a Deployment; a DaemonSet, Job or CronJob where it says so. Its files are a ConfigMap and a Secret of stable names, which a sidecar checks and swaps in; a Job checks
 * them with the image that is to run, before pods are replaced.
 *
 * @example new KubernetesWorkload("prosody-server", { ...workload, platform }, { parent: this })
 */
export class KubernetesWorkload extends pulumi.ComponentResource {
  private readonly args: KubernetesWorkloadArgs;
  private readonly labels: Record<string, string>;
  private readonly selector: Record<string, string>;
  /** The workloads of which it sees volumes. */
  private readonly owners: readonly string[];
  /** Name of its namespace. */
  private readonly namespace: string;

  constructor(name: string, args: KubernetesWorkloadArgs, options: pulumi.ComponentResourceOptions) {
    super("prosody-stack:kubernetes:Workload", name, { image: args.image.name }, options);
    this.args = args;
    const { settings } = args.platform;
    this.labels = labelsOf(settings, args.name);
    this.selector = selectorOf(settings, args.name);
    this.owners = [...new Set(args.volumes.flatMap(({ of }) => of ?? []))];
    this.namespace = needsMachine(args, settings) ? hostNamespace(settings) : settings.namespace;
    refuseImpossiblePorts(args, settings);
    if (this.namespace !== settings.namespace) refuseOnHost(args, settings);
    args.platform.edges.place(args.name, this.namespace);

    const account = new kubernetes.core.v1.ServiceAccount(`${name}-account`, { metadata: this.metadata(args.name), automountServiceAccountToken: false }, this.child());
    this.createPolicies(name);
    if (innerPorts(args).length > 0) this.createInnerService(`${name}-service`);
    const claims = args.volumes.map((volume) => this.claimOf(`${name}-${volume.name}`, volume));
    const files = this.createFiles(`${name}-files`);
    for (const certificate of args.certificates ?? []) args.platform.issue(certificate, this.namespace);
    const context: PodContext = {
      args,
      settings,
      image: imageOf(args.image, settings.kubernetes),
      pullSecret: settings.kubernetes.pullSecret,
      claims: args.volumes.map((volume) => claimName(args, volume)),
      beside: this.neighbours(),
      sharers: args.volumes.some(({ shared, of }) => shared && of === undefined) ? sharersOf(settings, args.name) : undefined,
      selector: this.selector,
    };
    const check = this.createCheck(`${name}-check`, context, [...files, account]);
    this.createPods(`${name}-pods`, context, [...files, ...claims, account, check]);
    if (this.runs.as === "service") this.createBudget(`${name}-budget`);
    this.registerOutputs();
  }

  private get runs(): Runs {
    return this.args.runs ?? { as: "service" };
  }

  private createPolicies(name: string): void {
    const { args } = this;
    const create = (policy: DuePolicy) => new kubernetes.networking.v1.NetworkPolicy(`${name}-policy-${policy.name}`, { metadata: this.metadata(policy.name, { namespace: policy.namespace }), spec: policy.spec }, this.child());
    create({ name: args.name, namespace: this.namespace, spec: ownPolicy(args, args.platform.settings) });
    args.platform.edges.declare(edgesTo(args), create);
  }

  /** By which other workloads reach it, under its name. */
  private createInnerService(name: string): void {
    const { args, namespace } = this;
    const { settings } = args.platform;
    const ports = innerPorts(args).flatMap((port) => namedProtocols(port).map(({ name, protocol }) => ({ name, port: port.port, targetPort: name, protocol })));
    // One on every node is asked for by its nodes, each by itself.
    const spec = { type: "ClusterIP", ...(this.runs.as === "onEveryNode" ? { clusterIP: "None" } : {}), ipFamilyPolicy: settings.kubernetes.ipFamilies, selector: this.selector, ports };
    new kubernetes.core.v1.Service(name, { metadata: this.metadata(args.name), spec }, this.child());
    if (namespace === settings.namespace) return;
    const alias = { type: "ExternalName", externalName: `${args.name}.${namespace}.svc.${settings.kubernetes.clusterDomain}` };
    new kubernetes.core.v1.Service(`${name}-alias`, { metadata: this.metadata(args.name, { namespace: settings.namespace }), spec: alias }, this.child());
  }

  /** Its own claim, made with the generations that are kept beside it, or another workload's. */
  private claimOf(name: string, volume: DataVolume): kubernetes.core.v1.PersistentVolumeClaim {
    const { claims } = this.args.platform;
    if (volume.of === undefined) for (const generation of generationsOf(volume)) claims.keep(claimName(this.args, volume, generation), this.createClaim(name, volume, generation));
    return claims.get(claimName(this.args, volume));
  }

  private createClaim(name: string, volume: DataVolume, generation: number): kubernetes.core.v1.PersistentVolumeClaim {
    const { platform } = this.args;
    const metadata = this.metadata(claimName(this.args, volume, generation));
    const { class: storageClassName, shared } = platform.settings.kubernetes.storage;
    const spec = {
      accessModes: [volume.shared ? shared : "ReadWriteOncePod"],
      ...(storageClassName === undefined ? {} : { storageClassName }),
      resources: { requests: { storage: quantity(volume.size) } },
    };
    return new kubernetes.core.v1.PersistentVolumeClaim(generationName(name, generation), { metadata, spec }, this.child(protection(volume, generation)));
  }

  private createFiles(name: string): pulumi.Resource[] {
    const metadata = this.metadata(filesName(this.args));
    const { files } = this.args;
    return [
      new kubernetes.core.v1.ConfigMap(name, { metadata, data: plainData(files) }, this.child()),
      new kubernetes.core.v1.Secret(`${name}-secret`, { metadata, type: "Opaque", data: secretData(files) }, this.child()),
    ];
  }

  /** Named by what is to run: files alone change without it, and are checked by the sidecar. */
  private createCheck(name: string, context: PodContext, dependsOn: pulumi.Resource[]): kubernetes.batch.v1.Job {
    const { restartOn } = this.args;
    const template = { metadata: { labels: { ...this.labels, "app.kubernetes.io/component": "check" } }, spec: checkPod(context) };
    const hash = hashOf([template, restartOn]);
    const metadata = this.metadata(`${this.args.name}-check-${hash}`, { annotations: replacedUnready, labels: { "app.kubernetes.io/component": "check" } });
    return new kubernetes.batch.v1.Job(name, { metadata, spec: { backoffLimit: 0, activeDeadlineSeconds: 300, template } }, this.child({ dependsOn }));
  }

  private createPods(name: string, context: PodContext, dependsOn: pulumi.Resource[]): void {
    const { runs, args } = this;
    const template = this.template(runs.as === "once" || runs.as === "schedule" ? runPod(context) : servicePod(context));
    const physicalName = runs.as === "once" ? `${args.name}-${hashOf([template, args.restartOn])}` : args.name;
    const annotations = runs.as === "once" ? { ...replacedUnready, [awaitedFor]: String(runs.deadline + patience) } : undefined;
    const alone = machinePorts(args, args.platform.settings).length > 0;
    createController(name, { args, runs, alone, metadata: this.metadata(physicalName, { annotations }), selector: this.selector, template }, this.child({ dependsOn }));
  }

  private template(spec: PodSpec) {
    const { args, owners: [owner] } = this;
    const published = publishedPorts(args, args.platform.settings).length > 0;
    return {
      metadata: {
        labels: { ...this.labels, ...this.selector, ...(published ? { [publishedLabel]: "true" } : {}), ...(owner === undefined ? {} : { [sharesLabel]: owner }) },
        ...(args.restartOn === "" ? {} : { annotations: { "prosody-stack/restart-on": args.restartOn } }),
      },
      spec,
    };
  }

  private createBudget(name: string): void {
    const spec = { maxUnavailable: 1, selector: { matchLabels: this.selector } };
    new kubernetes.policy.v1.PodDisruptionBudget(name, { metadata: this.metadata(this.args.name), spec }, this.child());
  }

  /**
   * The pods whose node this one has to share, if a volume that several see can be on one node only: those of the first owner, which is
   * with the others' already. The scheduler would look for one pod that fits all terms, and no pod is two workloads'.
   */
  private neighbours(): Record<string, string>[] {
    const { settings } = this.args.platform;
    return settings.kubernetes.storage.shared === "ReadWriteMany" ? [] : this.owners.slice(0, 1).map((owner) => selectorOf(settings, owner));
  }

  private metadata(name: string, { namespace = this.namespace, annotations, labels }: { namespace?: string; annotations?: Record<string, string> | undefined; labels?: Record<string, string> } = {}) {
    return { name, namespace: this.args.platform.namespace(namespace), labels: { ...this.labels, ...labels }, ...(annotations === undefined ? {} : { annotations }) };
  }

  private child(options: pulumi.CustomResourceOptions = {}): pulumi.CustomResourceOptions {
    return { parent: this, provider: this.args.platform.provider, ...options };
  }
}

function claimName(args: WorkloadArgs, { name, of, ...volume }: DataVolume, generation = volume.generation): string {
  return `${of ?? args.name}-${name}-${generation}`;
}

/** For the name of what cannot be changed and is made anew instead. */
function hashOf(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, 8);
}

/** @throws Error for what the namespace of the machine's workloads cannot have: it goes with the last of them, and no policy selects a pod in the machine's network */
function refuseOnHost({ name, volumes, ports, host = [] }: WorkloadArgs, settings: PlatformArgs): void {
  if (volumes.length > 0) throw new Error(`${name} needs the machine and has volumes, which only other workloads have`);
  if (publishedPorts({ ports }, settings).length > 0) throw new Error(`${name} needs the machine and has published ports, which only other workloads have`);
  if (host.includes("network") && innerPorts({ ports }).length > 0) throw new Error(`${name} is in the machine's network, where no policy says which workloads reach its ports`);
}

/** @throws Error for ports that no cluster can give: in the machine's network a port has one number, and a Service has no ranges */
function refuseImpossiblePorts({ name, ports, host = [] }: WorkloadArgs, { publishOnMachine }: PlatformArgs): void {
  for (const port of ports) {
    const published = publishOnMachine[port.name] ?? port.port;
    if (host.includes("network") && published !== port.port) throw new Error(`${name} is in the machine's network, where ${port.name} is published under the number that it listens on, ${port.port}, and not under ${published}`);
    if (port.from !== undefined && completePort(port).count > 1) throw new Error(`${name} has a range of ports for other workloads, ${port.name}, which no Service leads to`);
  }
}
