// The volumes of a workload's pods: its files, its memory, its claims, and what it sees of the machine.
import type * as kubernetes from "@pulumi/kubernetes";
import type { HostPart, PlatformArgs, WorkloadArgs } from "../workload.ts";
import { projectedCertificate } from "./certificates.ts";

type Volume = kubernetes.types.input.core.v1.Volume;

/** Of the pod that does the work. */
export function volumesOf({ args, settings, claims }: { readonly args: WorkloadArgs; readonly settings: PlatformArgs; readonly claims: readonly string[] }): Volume[] {
  return [
    ...fileVolumes({ args, settings }),
    ...args.volumes.map(({ name }, index) => ({ name, persistentVolumeClaim: { claimName: claims[index]! } })),
    ...(needs(args, "files") ? [{ name: "host", hostPath: { path: "/" } }] : []),
  ];
}

/** Whether it needs that of the machine. */
export function needs({ host = [] }: WorkloadArgs, part: HostPart): boolean {
  return host.includes(part);
}

/** Of the one that only checks files, too. */
export function fileVolumes({ args, settings }: { readonly args: WorkloadArgs; readonly settings: PlatformArgs }): Volume[] {
  return [
    // In memory: there are keys among them.
    { name: "config", emptyDir: { medium: "Memory", sizeLimit: "64Mi" } },
    { name: "answers", emptyDir: { medium: "Memory", sizeLimit: "1Mi" } },
    { name: plainVolume(settings), configMap: { name: filesName(args) } },
    secretFiles(args),
    ...ownPlaces(args).map(({ name, size }) => ({ name, emptyDir: { medium: "Memory", sizeLimit: quantity(size) } })),
    ...Object.entries(args.scratch).map(([path, size]) => ({ name: scratchName(path), emptyDir: { medium: "Memory", sizeLimit: quantity(size) } })),
  ];
}

/** With the plain files of a pod. A node shows the names of volumes, and none of a pod's: by this one a pod is known as the stack's. */
export function plainVolume({ namespace }: Pick<PlatformArgs, "namespace">): string {
  return `plain-${namespace}`;
}

function secretFiles(args: WorkloadArgs): Volume {
  const { certificates = [] } = args;
  if (certificates.length === 0) return { name: "secret", secret: { secretName: filesName(args), defaultMode: 0o440 } };
  // Until all of them are issued the pod waits.
  return { name: "secret", projected: { defaultMode: 0o440, sources: [{ secret: { name: filesName(args) } }, ...certificates.map(projectedCertificate)] } };
}

/** Directories of the deliverer's own, where its checks look for what the service has. */
export function ownPlaces({ scratch, volumes }: WorkloadArgs): { name: string; path: string; size: number }[] {
  const small = 2 ** 20;
  return [
    ...Object.entries(scratch).map(([path, size]) => ({ name: `check-${scratchName(path)}`, path, size })),
    ...volumes.map(({ name, path }) => ({ name: `check-${name}`, path, size: small })),
  ];
}

export function scratchMounts({ scratch }: WorkloadArgs): { name: string; mountPath: string }[] {
  return Object.keys(scratch).map((path) => ({ name: scratchName(path), mountPath: path }));
}

function scratchName(path: string): string {
  return path.slice(1).replaceAll("/", "-");
}

/** Name of the ConfigMap and of the Secret with a workload's files: stable, so that what changes in them reaches running pods. */
export function filesName({ name }: WorkloadArgs): string {
  return `${name}-files`;
}

/** Bytes as Kubernetes writes them. */
export function quantity(bytes: number): string {
  const units = [["Gi", 2 ** 30], ["Mi", 2 ** 20], ["Ki", 2 ** 10]] as const;
  const [unit, size] = units.find(([, each]) => bytes % each === 0) ?? ["", 1];
  return `${bytes / size}${unit}`;
}
