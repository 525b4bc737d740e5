// The files that are in a cluster for its pods to be given.
import { pathOf } from "../../platform/kubernetes/keys.ts";
import { plainVolume } from "../../platform/kubernetes/pod-volumes.ts";
import { treeHash } from "../../platform/kubernetes/tree-hash.ts";
import { OperatorError } from "../errors.ts";
import type { Item, Kubectl } from "./kubectl.ts";
import type { Pod, Volume } from "./pods.ts";
import { ours } from "./selectors.ts";

/** A ConfigMap or Secret with files. */
export interface Files extends Item {
  readonly metadata: Item["metadata"] & { readonly managedFields?: readonly { readonly manager: string; readonly operation: string }[] };
  readonly data?: Readonly<Record<string, string>>;
}

/** The ConfigMaps and Secrets with files of the namespace's workloads. */
export async function filesIn(kubectl: Kubectl, ...options: string[]): Promise<Files[]> {
  const all = await kubectl.list<Files>("configmaps,secrets", ...ours, ...options);
  return all.filter(({ metadata: { name } }) => name.endsWith("-files"));
}

/** What a pod has staged of one ConfigMap or Secret: all of it, or keys under other names. */
interface Source {
  readonly kind: "ConfigMap" | "Secret";
  readonly name: string;
  readonly items?: readonly { readonly key: string; readonly path: string }[];
}

/** The files of the pods of a namespace, as they are when they are asked for first. */
export class StagedFiles {
  private readonly kubectl: Kubectl;
  private own: Promise<Files[]> | undefined;
  private readonly others = new Map<string, Promise<Files | undefined>>();

  constructor(kubectl: Kubectl) {
    this.kubectl = kubectl;
  }

  /** The name of the release that a pod's files make. @throws OperatorError where one of its Secrets is not there */
  async hashFor({ metadata, spec }: Pod): Promise<string> {
    const contents = await Promise.all(sourcesOf(spec?.volumes ?? [], metadata.labels!["app.kubernetes.io/instance"]!).map(async (source) => {
      const files = await this.find(source);
      if (!files) throw new OperatorError(`${metadata.name}: ${source.kind} ${source.name} is gone`);
      return contentsOf(files, source);
    }));
    return treeHash(contents.flat());
  }

  private async find({ kind, name }: Source): Promise<Files | undefined> {
    const found = (await (this.own ??= filesIn(this.kubectl))).find((files) => files.kind === kind && files.metadata.name === name);
    if (found) return found;
    if (!this.others.has(name)) this.others.set(name, this.kubectl.get<Files>(kind, name));
    return this.others.get(name);
  }
}

/** Of the sidecar's volumes: plain files, by the name that they have in all namespaces of the stack, and `secret`. */
function sourcesOf(volumes: readonly Volume[], namespace: string): Source[] {
  return volumes.filter(({ name }) => name === plainVolume({ namespace }) || name === "secret").flatMap(({ configMap, secret, projected }): Source[] => [
    ...(configMap ? [{ kind: "ConfigMap" as const, name: configMap.name }] : []),
    ...(secret ? [{ kind: "Secret" as const, name: secret.secretName }] : []),
    ...(projected?.sources ?? []).map((source) => ({ kind: "Secret" as const, ...source.secret })),
  ]);
}

function contentsOf({ kind, data = {} }: Files, { items }: Source): { path: string; content: string }[] {
  const keys = items ?? Object.keys(data).map((key) => ({ key, path: key }));
  const text = (key: string) => (kind === "Secret" ? Buffer.from(data[key] ?? "", "base64").toString("utf8") : data[key]!);
  return keys.map(({ key, path }) => ({ path: pathOf(path), content: text(key) }));
}
