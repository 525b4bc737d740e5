// One workload on Kubernetes: its claims, its files, the check of them, its pods, and who may connect to it.
import { createHash } from "node:crypto";
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { DataVolume, WorkloadArgs } from "../workload.ts";
import { plainData, secretData } from "./files.ts";
import { imageOf } from "./image.ts";
import { innerPorts, labelsOf, portName, publishedLabel, publishedPorts, selectorOf, sharersOf, sharesLabel } from "./names.ts";
import type { KubernetesPlatform } from "./platform.ts";
import { type PodContext, checkPod, filesName, quantity, servicePod } from "./pod.ts";
import { policiesOf } from "./policies.ts";

export interface KubernetesWorkloadArgs extends WorkloadArgs {
  /** Whose namespace and settings it gets. */
  readonly platform: KubernetesPlatform;
}

/**
 * A workload in the stack's namespace: a StatefulSet where it has volumes of its own, of which one pod at most is the writer,
 * else a Deployment. Its files are a ConfigMap and a Secret of stable names, which a sidecar checks and swaps in; a Job checks
 * them with the image that is to run, before pods are replaced.
 *
 * @example new KubernetesWorkload("prosody-server", { ...workload, platform }, { parent: this })
 */
export class KubernetesWorkload extends pulumi.ComponentResource {
  private readonly args: KubernetesWorkloadArgs;
  private readonly labels: Record<string, string>;
  private readonly selector: Record<string, string>;
  /** The workload of which it sees a volume. */
  private readonly owner: string | undefined;

  constructor(name: string, args: KubernetesWorkloadArgs, options: pulumi.ComponentResourceOptions) {
    super("prosody-stack:kubernetes:Workload", name, { image: args.image.name }, options);
    this.args = args;
    const { settings } = args.platform;
    this.labels = labelsOf(settings, args.name);
    this.selector = selectorOf(settings, args.name);
    this.owner = args.volumes.find(({ of }) => of !== undefined)?.of;

    const account = new kubernetes.core.v1.ServiceAccount(`${name}-account`, { metadata: this.metadata(args.name), automountServiceAccountToken: false }, this.child());
    this.createPolicies(name);
    if (innerPorts(args).length > 0) this.createInnerService(`${name}-service`);
    const claims = args.volumes.map((volume) => this.claimOf(`${name}-${volume.name}`, volume));
    const files = this.createFiles(`${name}-files`);
    const context: PodContext = {
      args,
      image: imageOf(args.image, settings.kubernetes),
      pullSecret: settings.kubernetes.pullSecret,
      claims: args.volumes.map((volume) => claimName(args, volume)),
      beside: this.neighbour(),
      sharers: args.volumes.some(({ shared, of }) => shared && of === undefined) ? sharersOf(settings, args.name) : undefined,
      selector: this.selector,
    };
    const check = this.createCheck(`${name}-check`, context, [...files, account]);
    this.createPods(`${name}-pods`, context, [...files, ...claims, account, check]);
    new kubernetes.policy.v1.PodDisruptionBudget(`${name}-budget`, { metadata: this.metadata(args.name), spec: { maxUnavailable: 1, selector: { matchLabels: this.selector } } }, this.child());
    this.registerOutputs();
  }

  private createPolicies(name: string): void {
    for (const [policy, spec] of Object.entries(policiesOf(this.args, this.args.platform.settings))) {
      new kubernetes.networking.v1.NetworkPolicy(`${name}-policy-${policy}`, { metadata: this.metadata(policy), spec }, this.child());
    }
  }

  /** By which other workloads reach it, under its name. */
  private createInnerService(name: string): void {
    const ports = innerPorts(this.args).map(({ name: port, port: number }) => ({ name: portName(port), port: number, targetPort: portName(port), protocol: "TCP" }));
    const spec = { type: "ClusterIP", ipFamilyPolicy: this.args.platform.settings.kubernetes.ipFamilies, selector: this.selector, ports };
    new kubernetes.core.v1.Service(name, { metadata: this.metadata(this.args.name), spec }, this.child());
  }

  private claimOf(name: string, volume: DataVolume): kubernetes.core.v1.PersistentVolumeClaim {
    const { platform } = this.args;
    const physicalName = claimName(this.args, volume);
    if (volume.of !== undefined) return platform.claims.get(physicalName);
    const { class: storageClassName, shared } = platform.settings.kubernetes.storage;
    const spec = {
      accessModes: [volume.shared ? shared : "ReadWriteOncePod"],
      ...(storageClassName === undefined ? {} : { storageClassName }),
      resources: { requests: { storage: quantity(volume.size) } },
    };
    const options = this.child({ protect: true, retainOnDelete: true });
    return platform.claims.keep(physicalName, new kubernetes.core.v1.PersistentVolumeClaim(name, { metadata: this.metadata(physicalName), spec }, options));
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
    const hash = createHash("sha256").update(JSON.stringify([template, restartOn])).digest("hex").slice(0, 8);
    const metadata = this.metadata(`${this.args.name}-check-${hash}`, { "pulumi.com/replaceUnready": "true" });
    return new kubernetes.batch.v1.Job(name, { metadata, spec: { backoffLimit: 0, activeDeadlineSeconds: 300, template } }, this.child({ dependsOn }));
  }

  private createPods(name: string, context: PodContext, dependsOn: pulumi.Resource[]): void {
    const { args, owner, selector } = this;
    const published = publishedPorts(args, args.platform.settings).length > 0;
    const template = {
      metadata: {
        labels: { ...this.labels, ...selector, ...(published ? { [publishedLabel]: "true" } : {}), ...(owner === undefined ? {} : { [sharesLabel]: owner }) },
        ...(args.restartOn === "" ? {} : { annotations: { "prosody-stack/restart-on": args.restartOn } }),
      },
      spec: servicePod(context),
    };
    const spec = { replicas: 1, revisionHistoryLimit: 3, selector: { matchLabels: selector }, template };
    const metadata = this.metadata(args.name);
    if (args.volumes.some(({ of }) => of === undefined)) {
      // In parallel: one that cannot start is replaced by the next try, too.
      new kubernetes.apps.v1.StatefulSet(name, { metadata, spec: { ...spec, serviceName: args.name, podManagementPolicy: "Parallel" } }, this.child({ dependsOn }));
    } else {
      const strategy = { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } };
      new kubernetes.apps.v1.Deployment(name, { metadata, spec: { ...spec, strategy } }, this.child({ dependsOn }));
    }
  }

  /** The pods of the workload whose node this one has to share, if the volume of both can be on one node only. */
  private neighbour(): Record<string, string> | undefined {
    const { settings } = this.args.platform;
    return this.owner === undefined || settings.kubernetes.storage.shared === "ReadWriteMany" ? undefined : selectorOf(settings, this.owner);
  }

  private metadata(name: string, annotations?: Record<string, string>) {
    return { name, namespace: this.args.platform.namespace, labels: this.labels, ...(annotations === undefined ? {} : { annotations }) };
  }

  private child(options: pulumi.CustomResourceOptions = {}): pulumi.CustomResourceOptions {
    return { parent: this, provider: this.args.platform.provider, ...options };
  }
}

function claimName(args: WorkloadArgs, { name, generation, of }: DataVolume): string {
  return `${of ?? args.name}-${name}-${generation}`;
}
