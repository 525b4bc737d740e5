// Names and labels of what a cluster is asked for.
import { type PlatformArgs, type Port, type Protocol, type WorkloadArgs, completePort } from "../workload.ts";

/** A port's name as Kubernetes wants it: `c2sDirectTls` is `c2s-direct-tls`. */
export function portName(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** A port by its protocols, each under a name of its own: `turn` by TCP, and `turn-udp`. What is UDP alone has the plain one. */
export function namedProtocols(port: Port): { name: string; protocol: Uppercase<Protocol> }[] {
  const { protocols } = completePort(port);
  return protocols.map((protocol) => {
    const name = protocol === "udp" && protocols.length > 1 ? `${portName(port.name)}-udp` : portName(port.name);
    if (name.length > 15) throw new Error(`port ${name}: Kubernetes takes names of up to 15 characters`); // RFC 6335
    return { name, protocol: protocol.toUpperCase() as Uppercase<Protocol> };
  });
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
export function hostNamespace({ namespace }: Pick<PlatformArgs, "namespace">): string {
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

/** The ports of a workload that the world reaches through the way in. */
export function publishedPorts({ ports }: Pick<WorkloadArgs, "ports">, { publish }: PlatformArgs): Port[] {
  return ports.filter(({ name }) => publish[name] !== undefined);
}

/** Those that the node publishes which it runs on, with their numbers there. */
export function machinePorts({ ports }: Pick<WorkloadArgs, "ports">, { publishOnMachine }: PlatformArgs): (Port & { readonly published: number })[] {
  return ports.flatMap((port) => {
    const published = publishOnMachine[port.name];
    return published === undefined ? [] : [{ ...port, published }];
  });
}

/** Whether Pod Security forbids it in the stack's own namespace: parts of the machine, and its ports. */
export function needsMachine(args: WorkloadArgs, settings: PlatformArgs): boolean {
  return (args.host ?? []).length > 0 || machinePorts(args, settings).length > 0;
}

/** The ports of a workload that other workloads reach. */
export function innerPorts({ ports }: Pick<WorkloadArgs, "ports">): (Port & { readonly from: readonly string[] })[] {
  return ports.flatMap(({ from, ...port }) => (from === undefined ? [] : [{ ...port, from }]));
}
