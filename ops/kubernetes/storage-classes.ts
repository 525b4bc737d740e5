// Of a cluster's storage classes the one that claims get which name none.
import type { Item } from "./kubectl.ts";

/** Its name; undefined where none is marked as the default. */
export function defaultStorageClass(all: readonly { readonly metadata: Pick<Item["metadata"], "name" | "annotations"> }[]): string | undefined {
  return all.find(({ metadata }) => metadata.annotations?.["storageclass.kubernetes.io/is-default-class"] === "true")?.metadata.name;
}
