// The stack as Kubernetes manifests, for reviews, for GitOps, and for kubectl where there is no Pulumi.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import * as yaml from "js-yaml";
import { replaceDirectory } from "./directory.ts";
import { type KubernetesObject, type Manifest, type Manifests, kubernetesManifests } from "./manifests.ts";
import { type RecordedStack, type RenderOptions, recordStack } from "./record-stack.ts";

export interface RenderedManifests extends Manifests, RecordedStack {}

/** What the stack's program asks for, as manifests. @throws pulumi.RunError with all problems of the configuration */
export async function renderManifests(options: RenderOptions): Promise<RenderedManifests> {
  const recorded = await recordStack(options);
  return { ...kubernetesManifests(recorded.recording.registrations), ...recorded };
}

/**
 * Writes manifests to a directory, in place of those that were there: `kubernetes/<component>.yaml`, Secrets below `secrets/`
 * for their owner alone. For review a Secret stands among the others instead, with a keyed hash in the place of each text.
 *
 * @throws pulumi.RunError for a directory that holds something else
 */
export function writeManifests({ manifests, fingerprint }: Pick<RenderedManifests, "manifests" | "fingerprint">, path: string, { forReview }: { readonly forReview: boolean }): void {
  const shown = forReview ? manifests.map((manifest) => (manifest.secret ? hidden(manifest, fingerprint) : manifest)) : manifests;
  const files = Map.groupBy(shown, ({ component, secret }) => `${secret ? "secrets" : "kubernetes"}/${component}.yaml`);
  replaceDirectory(path, (incoming) => {
    for (const [file, members] of files) {
      const target = join(incoming, file);
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, yamlOf(members.map(({ object }) => object)), { mode: file.startsWith("secrets/") ? 0o600 : 0o644 });
    }
  });
}

/** Documents of YAML, one for each object, with sorted keys. */
export function yamlOf(objects: readonly KubernetesObject[]): string {
  return objects.map((object) => yaml.dump(object, { sortKeys: true, lineWidth: -1, noRefs: true })).join("---\n");
}

/** A Secret that shows that it changed, and not what it holds: as nothing that can be applied by mistake. */
function hidden(manifest: Manifest, fingerprint: RecordedStack["fingerprint"]): Manifest {
  const { data, ...object } = manifest.object;
  const hashes = Object.entries(data as Record<string, string>).map(([key, text]) => [key, fingerprint(text)]);
  return { ...manifest, secret: false, object: { ...object, hidden: Object.fromEntries(hashes) as unknown } };
}
