// Kubernetes resources as manifests: a file for each component, secrets in files of their own.
import type { Registration } from "./recorder.ts";
import { reveal } from "./recorder.ts";

/** An object as the API server takes it. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly labels?: Readonly<Record<string, string>>; readonly annotations?: Readonly<Record<string, string>> };
  readonly [part: string]: unknown;
}

export interface Manifest {
  /** The component it is of: `prosody`, `nginx`, and `kubernetes` for what they share. */
  readonly component: string;
  readonly object: KubernetesObject;
  readonly secret: boolean;
  /** Whether it holds data, which only `down --data` removes. */
  readonly kept: boolean;
}

export interface Manifests {
  readonly namespace: string;
  /** In the order in which they are applied. */
  readonly manifests: readonly Manifest[];
}

/** What others need comes first: the namespace, who is who, who reaches whom, volumes and files, then the pods. */
const order = ["Namespace", "ServiceAccount", "NetworkPolicy", "Service", "PersistentVolumeClaim", "ConfigMap", "Secret", "Certificate", "PodDisruptionBudget", "Job", "CronJob", "DaemonSet", "StatefulSet", "Deployment"];

/** The manifests of recorded registrations, sorted so that the same stack gives the same bytes. */
export function kubernetesManifests(registrations: readonly Registration[]): Manifests {
  const parents = new Map(registrations.map(({ name, parent }) => [name, parent]));
  const platform = registrations.find(({ type }) => type === "prosody-stack:kubernetes:Platform");
  const manifests = registrations.filter(isObject).map((registration): Manifest => {
    const { value, secret } = reveal(registration.inputs);
    return { component: componentOf(registration.name, parents), object: withoutPulumi(value as KubernetesObject), secret, kept: registration.retainOnDelete };
  });
  const key = ({ component, object }: Manifest) => [String(order.indexOf(object.kind)).padStart(2, "0"), component, object.metadata.name].join("\0");
  return { namespace: String(platform?.inputs.namespace), manifests: manifests.toSorted((a, b) => (key(a) < key(b) ? -1 : 1)) };
}

function isObject({ type }: Registration): boolean {
  return type.startsWith("kubernetes:");
}

/** The name of the outermost component that a resource is below. */
function componentOf(name: string, parents: ReadonlyMap<string, string>): string {
  const parent = parents.get(name);
  return parent === undefined || parents.get(parent) === "" ? name : componentOf(parent, parents);
}

/** Without the annotations that only Pulumi's provider reads. */
function withoutPulumi(object: KubernetesObject): KubernetesObject {
  const { annotations = {}, ...metadata } = object.metadata;
  const kept = Object.entries(annotations).filter(([key]) => !key.startsWith("pulumi.com/"));
  return { ...object, metadata: { ...metadata, ...(kept.length > 0 ? { annotations: Object.fromEntries(kept) } : {}) } };
}
