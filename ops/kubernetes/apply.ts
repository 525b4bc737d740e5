// Applies manifests in the order in which what is wrong with them is found out first, and removes what is gone.
import { yamlOf } from "../../render/kubernetes.ts";
import type { KubernetesObject, Manifest, Manifests } from "../../render/manifests.ts";
import type { AppliedManifests } from "./applied.ts";
import { certificatesIssued, removeCertificate } from "./issued-certificates.ts";
import type { Item, Kubectl } from "./kubectl.ts";
import { removeNamespace } from "./namespace.ts";
import { checksPassed, ranOnce, rolledOut } from "./rollout.ts";
import { ours } from "./selectors.ts";

/** What a check of files needs; the rest has to wait until it has passed. */
const neededByChecks = new Set(["Namespace", "ServiceAccount", "ConfigMap", "Secret", "Certificate"]);
const isChecked = ({ kind, metadata }: KubernetesObject) => neededByChecks.has(kind) || metadata.labels?.["app.kubernetes.io/component"] === "check";

/** Kinds without data, of which what is ours goes when nobody asks for it any more. */
const removable = "statefulsets,deployments,daemonsets,cronjobs,jobs,services,networkpolicies,poddisruptionbudgets,configmaps,secrets,serviceaccounts";

/** What was applied last. */
type Before = Pick<AppliedManifests, "objects">;

/**
 * Brings a stack's objects to the cluster, and waits until its pods run and what runs once has ended.
 *
 * @throws RefusedFiles before any pod is replaced, OperatorError for what does not come up
 */
export async function applyManifests(kubectl: Kubectl, manifests: Manifests, before: Before | undefined): Promise<void> {
  const places = placesOf(kubectl, manifests);
  await inEach(places, removeOldJobs);
  await inEach(places, (place) => apply(place, isChecked));
  if (manifests.manifests.some(({ object }) => object.kind === "Certificate")) await certificatesIssued(kubectl);
  await inEach(places, (place) => checksPassed(place.kubectl));
  await inEach(places, (place) => apply(place, (object) => !isChecked(object)));
  await inEach(places, (place) => rolledOut(place.kubectl));
  await inEach(places, (place) => ranOnce(place.kubectl));
  await inEach(places, prune);
  await removeOthers(kubectl, before, manifests);
}

/** Leaves the claims in the stack's own namespace, and it. */
export async function removeAllButData(kubectl: Kubectl): Promise<void> {
  await kubectl.output(["delete", removable, ...ours, "--wait", "--timeout", "120s"]);
  await kubectl.output(["wait", "pods", ...ours, "--for", "delete", "--timeout", "120s"]);
}

/** A namespace of the stack, with what belongs there. */
interface NamespacePlace {
  readonly kubectl: Kubectl;
  readonly manifests: readonly Manifest[];
}

/** The stack's own namespace first. */
function placesOf(kubectl: Kubectl, { namespace: own, manifests }: Manifests): NamespacePlace[] {
  const byNamespace = Map.groupBy(manifests, ({ object: { kind, metadata } }) => (kind === "Namespace" ? metadata.name : metadata.namespace!));
  const names = [own, ...[...byNamespace.keys()].filter((name) => name !== own)];
  return names.map((name) => ({ kubectl: kubectl.in(name), manifests: byNamespace.get(name) ?? [] }));
}

async function inEach(places: readonly NamespacePlace[], action: (place: NamespacePlace) => Promise<unknown>): Promise<void> {
  for (const place of places) await action(place);
}

async function apply({ kubectl, manifests }: NamespacePlace, wanted: (object: KubernetesObject) => boolean): Promise<void> {
  const objects = manifests.map(({ object }) => object).filter(wanted);
  if (objects.length > 0) await kubectl.output(["apply", "--server-side", "--force-conflicts", "--field-manager", "prosody-stack", "--filename", "-"], yamlOf(objects));
}

/** Removes what is ours in the namespace and no part of the stack any more, also what an up that failed has left. */
async function prune({ kubectl, manifests }: NamespacePlace): Promise<void> {
  const wanted = new Set(manifests.map(({ object }) => `${object.kind}/${object.metadata.name}`));
  const gone = (await kubectl.list(removable, ...ours)).filter(({ kind, metadata }) => !wanted.has(`${kind}/${metadata.name}`));
  for (const { kind, metadata } of gone) await kubectl.output(["delete", kind, metadata.name, "--ignore-not-found"]);
}

/** Removes what the stack had of kinds that not every cluster has or everybody may list, and has no more: namespaces without data, and Certificates. */
export async function removeOthers(kubectl: Kubectl, before: Before | undefined, now?: Manifests): Promise<void> {
  const wanted = new Set(now?.manifests.map(({ object }) => `${object.kind}/${object.metadata.name}`));
  const gone = (before?.objects ?? []).filter(({ kind, name, kept }) => !kept && !wanted.has(`${kind}/${name}`));
  for (const { kind, name } of gone) {
    if (kind === "Namespace") await removeNamespace(kubectl, name);
    if (kind === "Certificate") await removeCertificate(kubectl, name);
  }
}

/** A Job is not run again under its name, one that waits for an image that was nowhere waits on, and one of other files says nothing about these. */
async function removeOldJobs({ kubectl, manifests }: NamespacePlace): Promise<void> {
  const wanted = new Set(manifests.filter(({ object }) => object.kind === "Job").map(({ object }) => object.metadata.name));
  const jobs = await kubectl.list<Item & { status?: { succeeded?: number } }>("jobs", ...ours);
  const old = jobs.filter(({ metadata: { name }, status }) => !wanted.has(name) || (status?.succeeded ?? 0) === 0);
  // With their pods, which would be taken for those of the new ones.
  for (const { metadata: { name } } of old) await kubectl.output(["delete", "job", name, "--ignore-not-found", "--cascade", "foreground", "--timeout", "60s"]);
}
