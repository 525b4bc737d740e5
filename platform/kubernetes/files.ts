// A workload's files as a ConfigMap and a Secret, each with the files of its kind.
import * as pulumi from "@pulumi/pulumi";
import type { DeliveredFile } from "../workload.ts";
import { keyOf } from "./keys.ts";

/** The data of the ConfigMap, by key. */
export function plainData(files: readonly DeliveredFile[]): Record<string, pulumi.Input<string>> {
  return Object.fromEntries(sorted(files.filter(({ secret }) => !secret)).map(({ path, content }) => [keyOf(path), content]));
}

/** The data of the Secret, by key, in base64: what is taken out of `stringData` stays in a Secret that is applied by the server. */
export function secretData(files: readonly DeliveredFile[]): Record<string, pulumi.Output<string>> {
  const base64 = (text: string) => Buffer.from(text, "utf8").toString("base64");
  return Object.fromEntries(sorted(files.filter(({ secret }) => secret)).map(({ path, content }) => [keyOf(path), pulumi.output(content).apply(base64)]));
}

function sorted(files: readonly DeliveredFile[]): DeliveredFile[] {
  return files.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}
