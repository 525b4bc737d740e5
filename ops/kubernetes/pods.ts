// What the pods of a workload tell about themselves: whether they are well, and what keeps them from it.
import type { Item } from "./kubectl.ts";

interface ContainerStatus {
  readonly name: string;
  readonly ready: boolean;
  readonly started?: boolean;
  readonly restartCount: number;
  readonly state?: { readonly waiting?: { readonly reason?: string; readonly message?: string }; readonly terminated?: { readonly exitCode: number } };
}

export interface Volume {
  readonly name: string;
  readonly configMap?: { readonly name: string };
  readonly secret?: { readonly secretName: string };
  readonly projected?: { readonly sources: readonly { readonly secret: { readonly name: string; readonly items?: readonly { readonly key: string; readonly path: string }[] } }[] };
}

export interface Pod extends Item {
  readonly spec?: { readonly initContainers?: readonly { readonly name: string; readonly restartPolicy?: string }[]; readonly volumes?: readonly Volume[] };
  readonly status?: {
    readonly phase?: string;
    readonly reason?: string;
    readonly message?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string; readonly reason?: string; readonly message?: string }[];
    readonly initContainerStatuses?: readonly ContainerStatus[];
    readonly containerStatuses?: readonly ContainerStatus[];
  };
}

export interface Event extends Item {
  readonly reason?: string;
  readonly message?: string;
  readonly lastTimestamp?: string | null;
  readonly involvedObject: { readonly kind: string; readonly name: string };
}

export interface Workload extends Item {
  readonly metadata: Item["metadata"] & { readonly generation: number };
  readonly spec: { readonly replicas?: number };
  readonly status?: WorkloadStatus;
}

/** Of a StatefulSet or Deployment, and with names of its own that of a DaemonSet. */
interface WorkloadStatus {
  readonly observedGeneration?: number;
  readonly updatedReplicas?: number;
  readonly readyReplicas?: number;
  readonly replicas?: number;
  readonly desiredNumberScheduled?: number;
  readonly updatedNumberScheduled?: number;
  readonly numberReady?: number;
}

/** Whether a pod is one of a check of files, which runs once. */
export function isOfCheck({ metadata: { labels = {} } }: Item): boolean {
  return labels["app.kubernetes.io/component"] === "check";
}

/** The first container that ended with an error. */
export function failedContainer({ status = {} }: Pod): string | undefined {
  return [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])].find(({ state }) => (state?.terminated?.exitCode ?? 0) !== 0)?.name;
}

/** Whether all pods that are asked for are there, new and well. */
export function isRolledOut({ kind, metadata, spec, status = {} }: Workload): boolean {
  const [wanted, ...found] =
    kind === "DaemonSet"
      ? [status.desiredNumberScheduled, status.updatedNumberScheduled, status.numberReady]
      : [spec.replicas ?? 1, status.updatedReplicas, status.readyReplicas, status.replicas];
  return status.observedGeneration === metadata.generation && found.every((number) => (number ?? 0) === wanted);
}

/** Whether it has a sidecar that delivers files for as long as it runs. */
export function hasDeliverer({ spec }: Pod): boolean {
  return spec?.initContainers?.some(({ name, restartPolicy }) => name === "deliver" && restartPolicy === "Always") ?? false;
}

/** Reasons that no waiting helps against, each with what to do. */
const hopeless: Readonly<Record<string, string>> = {
  ErrImagePull: "see kubernetes.registry, kubernetes.pullSecret and npm run images -- push",
  ImagePullBackOff: "see kubernetes.registry, kubernetes.pullSecret and npm run images -- push",
  ErrImageNeverPull: "import the image into the node",
  InvalidImageName: "see kubernetes.registry",
  CreateContainerConfigError: "see kubectl describe pod",
};

/** What keeps a pod from running for good; undefined while it may still come, and for one that is to go. */
export function troubleOf(pod: Pod): string | undefined {
  const { status = {}, metadata: { name, deletionTimestamp } } = pod;
  if (deletionTimestamp !== undefined) return undefined; // however it ends
  if (status.phase === "Failed") return `pod ${name}: ${[status.reason, status.message].filter(Boolean).join(": ") || "failed"}`;
  for (const { name: container, state, restartCount } of [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])]) {
    const { reason, message } = state?.waiting ?? {};
    if (reason !== undefined && Object.hasOwn(hopeless, reason)) return `pod ${name}: container ${container}: ${reason}${message === undefined ? "" : `: ${message}`}; ${hopeless[reason]}`;
    if (reason === "CrashLoopBackOff" && restartCount >= 3) return `pod ${name}: container ${container} ends again and again; see kubectl logs ${name} --container ${container} --previous`;
  }
  return undefined;
}

/** What a pod waits for, told when patience is over. */
export function waitsFor(pod: Pod): string | undefined {
  const { status = {}, metadata: { name } } = pod;
  const unscheduled = status.conditions?.find(({ type, status: met }) => type === "PodScheduled" && met === "False");
  if (unscheduled) return `pod ${name} has no node: ${unscheduled.message ?? unscheduled.reason}`;
  const waiting = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])].find(({ ready, started }) => !ready || started === false);
  const { reason, message } = waiting?.state?.waiting ?? {};
  return waiting && `pod ${name}: container ${waiting.name} is not ready${reason === undefined ? "" : ` (${[reason, message].filter(Boolean).join(": ")})`}`;
}
