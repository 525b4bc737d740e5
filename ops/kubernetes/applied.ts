// What kubectl applied of a stack last, and what the next `up` would change.
import type { RenderedManifests } from "../../render/kubernetes.ts";
import type { KubernetesObject } from "../../render/manifests.ts";
import { type LastApplied, LastAppliedFile, changedKeys } from "../last-applied.ts";
import type { Stack } from "../stack.ts";
import type { Cluster } from "./kubectl.ts";

/** An object that was applied: by its kind and name, which outside the stack's own namespace has that before it, with keyed hashes of its parts. */
export interface AppliedObject {
  readonly kind: string;
  readonly name: string;
  /** Holds data, which only `down --data` removes. */
  readonly kept: boolean;
  readonly parts: Readonly<Record<string, string>>;
}

export interface AppliedManifests extends LastApplied, Cluster {
  readonly objects: readonly AppliedObject[];
}

const file = new LastAppliedFile<AppliedManifests>("applied-manifests.json");

/** What was applied last; undefined before the first time, and after the stack was taken down. */
export function readAppliedManifests(stack: Stack): AppliedManifests | undefined {
  return file.read(stack);
}

export function recordAppliedManifests(stack: Stack, rendered: RenderedManifests, { kubernetes: { kubeconfig, context } }: Cluster): void {
  file.write(stack, { ...appliedOf(rendered), kubernetes: { kubeconfig, context } });
}

export function forgetAppliedManifests(stack: Stack): void {
  file.remove(stack);
}

/** A line per change: `+` created, `~` changed, `=` files delivered to running pods, `-` removed. */
export function manifestChanges(before: AppliedManifests | undefined, rendered: RenderedManifests): string[] {
  const byName = (objects: readonly AppliedObject[]) => new Map(objects.map((object) => [`${object.kind}/${object.name}`, object]));
  const [old, next] = [byName(before?.objects ?? []), byName(appliedOf(rendered).objects)];
  const changes = [...next].flatMap(([key, object]) => {
    const known = old.get(key);
    if (!known) return [`+ ${object.kind} ${object.name}`];
    const parts = changedKeys(known.parts, object.parts);
    return parts.length > 0 ? [changeLine(object, parts)] : [];
  });
  const gone = [...old].filter(([key, { kept }]) => !kept && !next.has(key));
  return [...changes, ...gone.map(([, { kind, name }]) => `- ${kind} ${name}`)];
}

function changeLine({ kind, name }: AppliedObject, parts: readonly string[]): string {
  if (kind === "ConfigMap" || kind === "Secret") return `= ${kind} ${name}: ${parts.join(", ")} (delivered to running pods)`;
  return `~ ${kind} ${name}: ${parts.join(", ")}${kind === "StatefulSet" ? " (its sessions end)" : ""}`;
}

function appliedOf({ manifests, namespace, fingerprint, recording }: RenderedManifests): Omit<AppliedManifests, "kubernetes"> {
  return {
    namespace,
    objects: manifests.map(({ object, kept }) => ({ kind: object.kind, name: nameOf(object, namespace), kept, parts: partsOf(object, fingerprint) })),
    outputs: recording.outputs,
    secretOutputs: [...recording.secretOutputs],
  };
}

function nameOf({ metadata }: KubernetesObject, own: string): string {
  return metadata.namespace === undefined || metadata.namespace === own ? metadata.name : `${metadata.namespace}/${metadata.name}`;
}

/** The parts that a change is told by: each file of ConfigMaps and Secrets, each part of a spec, the rest as it is. */
function partsOf({ spec, data, ...rest }: KubernetesObject, fingerprint: RenderedManifests["fingerprint"]): Record<string, string> {
  const parts = { ...rest, ...(spec as object | undefined), ...(data as object | undefined) };
  return Object.fromEntries(Object.entries(parts).map(([part, value]) => [part, fingerprint(value)]));
}
