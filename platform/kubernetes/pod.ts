// The pod of a workload: the service, and beside it the program that delivers its files. Hardening is done here, once for
// all, as Pod Security's level `restricted` wants it.
import type * as kubernetes from "@pulumi/kubernetes";
import { type PlatformArgs, type Port, type WorkloadArgs, completePort } from "../workload.ts";
import { machinePorts, namedProtocols } from "./names.ts";
import { fileVolumes, needs, ownPlaces, plainVolume, quantity, scratchMounts, volumesOf } from "./pod-volumes.ts";

export type PodSpec = kubernetes.types.input.core.v1.PodSpec;
type Container = kubernetes.types.input.core.v1.Container;
type Probe = kubernetes.types.input.core.v1.Probe;

export interface PodContext {
  readonly args: WorkloadArgs;
  readonly settings: PlatformArgs;
  /** Name of the image as the node pulls or finds it. */
  readonly image: string;
  readonly pullSecret?: string | undefined;
  /** The claims of its volumes, in their order. */
  readonly claims: readonly string[];
  /** Labels of the pods whose node it has to share, for volumes of theirs, and of those that see a volume of its own. */
  readonly beside: readonly Readonly<Record<string, string>>[];
  readonly sharers?: Readonly<Record<string, string>> | undefined;
  readonly selector: Readonly<Record<string, string>>;
}

const lua = (...args: string[]) => ["/usr/bin/lua5.4", ...args];
const deliver = (...options: string[]) => lua("/usr/lib/stack/deliver.lua", ...options, "/staged/plain", "/staged/secret");

/** Files that are delivered are small, and so is what is read of them; the rest is logs, which the kubelet rotates. */
const disk = { requests: "32Mi", limits: "256Mi" };

/** The pod that runs for as long as the workload is there. */
export function servicePod(context: PodContext): PodSpec {
  const { args, selector } = context;
  return {
    ...hardenedPod(context),
    terminationGracePeriodSeconds: args.stopGrace,
    ...affinity(context),
    ...ofHost(context),
    // Every node is every one, also those that are kept free of other pods.
    ...(args.runs?.as === "onEveryNode" ? { tolerations: [{ operator: "Exists", effect: "NoSchedule" }] } : {}),
    topologySpreadConstraints: [{ maxSkew: 1, topologyKey: "kubernetes.io/hostname", whenUnsatisfiable: "ScheduleAnyway", labelSelector: { matchLabels: selector } }],
    // Restarted by itself, it starts before the service and ends after it.
    initContainers: [
      {
        ...deliverer(context, deliver("--watch")),
        restartPolicy: "Always",
        startupProbe: { exec: { command: lua("/usr/lib/stack/verdict.lua") }, periodSeconds: 1, timeoutSeconds: 5, failureThreshold: 600 },
      },
    ],
    containers: [{ ...mainContainer(context), ...probes(args) }],
    volumes: volumesOf(context),
  };
}

/** The pod that runs to its end, on files that are delivered before. */
export function runPod(context: PodContext): PodSpec {
  return {
    ...hardenedPod(context),
    terminationGracePeriodSeconds: context.args.stopGrace,
    ...affinity(context),
    ...ofHost(context),
    restartPolicy: "Never",
    initContainers: [deliverer(context, deliver())],
    containers: [mainContainer(context)],
    volumes: volumesOf(context),
  };
}

/** What it has of the machine; its check has nothing of it. */
function ofHost({ args, settings }: PodContext): Partial<PodSpec> {
  const { publishNodes } = settings.kubernetes;
  return {
    ...(machinePorts(args, settings).length > 0 && Object.keys(publishNodes).length > 0 ? { nodeSelector: { ...publishNodes } } : {}),
    ...(needs(args, "network") ? { hostNetwork: true, dnsPolicy: "ClusterFirstWithHostNet" } : {}),
    ...(needs(args, "files") ? { hostPID: true } : {}),
  };
}

function mainContainer(context: PodContext): Container {
  const { args } = context;
  return {
    ...hardenedContainer(context),
    ...(args.foreignImage === undefined ? {} : { image: args.foreignImage }),
    name: args.name,
    command: [...args.command],
    ports: args.ports.flatMap((port) => containerPorts(port, context.settings.publishOnMachine[port.name])),
    resources: {
      requests: { cpu: "50m", memory: quantity(args.resources.memory), "ephemeral-storage": disk.requests },
      limits: { cpu: String(args.resources.cpus), memory: quantity(args.resources.memory), "ephemeral-storage": disk.limits },
    },
    volumeMounts: [
      { name: "config", mountPath: "/config", readOnly: true },
      { name: "answers", mountPath: "/answers" },
      ...scratchMounts(args),
      ...args.volumes.map(({ name, path }) => ({ name, mountPath: path })),
      ...(needs(args, "files") ? [{ name: "host", mountPath: "/host", readOnly: true }] : []),
    ],
  };
}

/** A port of a range has no name: no Service leads to it. One that the node publishes is known to the scheduler by the node's number. */
function containerPorts(port: Port, published: number | undefined): kubernetes.types.input.core.v1.ContainerPort[] {
  const { port: first, count } = completePort(port);
  const one = (index: number) => ({ containerPort: first + index, ...(published === undefined ? {} : { hostPort: published + index }) });
  return namedProtocols(port).flatMap(({ name, protocol }) => Array.from({ length: count }, (_, index) => ({ ...(count === 1 ? { name } : {}), ...one(index), protocol })));
}

/** A volume of one node: who sees it follows its owner, and the owner comes back to where it is in use. */
function affinity({ beside, sharers }: PodContext): Pick<PodSpec, "affinity"> {
  const on = (matchLabels: Readonly<Record<string, string>>) => ({ labelSelector: { matchLabels }, topologyKey: "kubernetes.io/hostname" });
  if (beside.length > 0) return { affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: beside.map(on) } } };
  if (sharers !== undefined) return { affinity: { podAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, podAffinityTerm: on(sharers) }] } } };
  return {};
}

/** The pod that checks the files with the image that is to run, before anything is replaced for them. */
export function checkPod(context: PodContext): PodSpec {
  return {
    ...hardenedPod(context),
    restartPolicy: "Never",
    containers: [deliverer(context, deliver("--check"))],
    volumes: fileVolumes(context),
  };
}

function deliverer(context: PodContext, command: string[]): Container {
  const memory = quantity(context.args.resources.memory); // its checks are the service's own
  return {
    ...hardenedContainer(context),
    name: "deliver",
    command,
    resources: {
      requests: { cpu: "10m", memory: "16Mi", "ephemeral-storage": disk.requests },
      limits: { cpu: "1", memory, "ephemeral-storage": disk.limits },
    },
    volumeMounts: [
      { name: "config", mountPath: "/config" },
      { name: "answers", mountPath: "/answers", readOnly: true },
      { name: plainVolume(context.settings), mountPath: "/staged/plain", readOnly: true },
      { name: "secret", mountPath: "/staged/secret", readOnly: true },
      // What a check writes where the service works and has its data is not the service's.
      ...ownPlaces(context.args).map(({ name, path }) => ({ name, mountPath: path })),
    ],
  };
}

function hardenedPod({ args, pullSecret }: PodContext): Omit<PodSpec, "containers"> {
  // On Docker a directory has the group of who shares its files; a claim's root has what its driver gives it.
  const group = args.groups[0] ?? args.user.gid;
  return {
    serviceAccountName: args.name,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    ...(pullSecret === undefined ? {} : { imagePullSecrets: [{ name: pullSecret }] }),
    securityContext: {
      runAsNonRoot: true,
      runAsUser: args.user.uid,
      runAsGroup: group,
      fsGroup: group,
      fsGroupChangePolicy: "OnRootMismatch",
      seccompProfile: { type: "RuntimeDefault" },
    },
  };
}

function hardenedContainer({ args, image }: PodContext): Omit<Container, "name"> {
  const env = Object.entries(args.environment).map(([name, value]) => ({ name, value }));
  return {
    image,
    imagePullPolicy: "IfNotPresent",
    ...(env.length > 0 ? { env } : {}),
    securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ["ALL"] } },
  };
}

/** One that does not answer is out of the Service at once, and started again after as many failures as are set. */
function probes({ health }: WorkloadArgs): { startupProbe?: Probe; readinessProbe?: Probe; livenessProbe?: Probe } {
  if (health === undefined) return {};
  const exec = { command: [...health.command] };
  const steady = { exec, periodSeconds: health.interval, timeoutSeconds: health.timeout };
  return {
    startupProbe: { exec, periodSeconds: 1, timeoutSeconds: health.timeout, failureThreshold: health.startPeriod + health.interval * health.retries },
    readinessProbe: { ...steady, failureThreshold: 1 },
    livenessProbe: { ...steady, failureThreshold: health.retries },
  };
}
