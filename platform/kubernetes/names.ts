// Names and labels of what a cluster is asked for.
import type { PlatformArgs, WorkloadArgs } from "../workload.ts";

/** A port's name as Kubernetes wants it: `c2sDirectTls` is `c2s-direct-tls`. */
export function portName(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/**
 * The recommended labels of a workload's objects.
 *
 * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/
 */
export function labelsOf(settings: PlatformArgs, workload?: string): Record<string, string> {
  return {
    "app.kubernetes.io/part-of": "prosody-stack",
    "app.kubernetes.io/instance": settings.namespace,
    "app.kubernetes.io/managed-by": "prosody-stack",
    ...(workload === undefined ? {} : { "app.kubernetes.io/name": workload }),
  };
}

/** Where the workloads of a stack are that need something of the machine, which Pod Security forbids to the others. */
export function hostNamespace({ namespace }: PlatformArgs): string {
  return `${namespace}-host`;
}

/** What selects a workload's running pods, and not those of its checks. */
export function selectorOf(settings: PlatformArgs, workload: string): Record<string, string> {
  return { "app.kubernetes.io/instance": settings.namespace, "app.kubernetes.io/name": workload, "app.kubernetes.io/component": "service" };
}

/** What selects every pod that has a port which the world reaches. */
export function publishedSelector(settings: PlatformArgs): Record<string, string> {
  return { "app.kubernetes.io/instance": settings.namespace, [publishedLabel]: "true" };
}

/** What selects the pods that see a volume of a workload. */
export function sharersOf(settings: PlatformArgs, workload: string): Record<string, string> {
  return { "app.kubernetes.io/instance": settings.namespace, [sharesLabel]: workload };
}

export const publishedLabel = "prosody-stack/published";

/** On pods that see a volume of another workload, whose name is its value. */
export const sharesLabel = "prosody-stack/shares";

/** The ports of a workload that the world reaches, with the number under which each is published. */
export function publishedPorts({ ports }: Pick<WorkloadArgs, "ports">, { publish }: PlatformArgs): { name: string; port: number; published: number }[] {
  return ports.flatMap(({ name, port }) => (publish[name] === undefined ? [] : [{ name, port, published: publish[name] }]));
}

/** The ports of a workload that other workloads reach. */
export function innerPorts({ ports }: Pick<WorkloadArgs, "ports">): { name: string; port: number; from: readonly string[] }[] {
  return ports.flatMap(({ name, port, from }) => (from === undefined ? [] : [{ name, port, from }]));
}
