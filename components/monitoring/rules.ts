// The rules that a stack gets: files of groups, of which those stay whose source it has.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { filesBelow } from "../../platform/files-below.ts";
import { type DeliveredFile, plainFile } from "../../platform/workload.ts";
import type { Source } from "./sources.ts";

const directory = "config-templates/prometheus/rules";

interface RuleFile {
  readonly groups: readonly { readonly name: string }[];
}

/** A group is named `<source>.<topic>`; a file of which nothing is left is none. */
export function ruleFiles(sources: ReadonlySet<Source>): DeliveredFile[] {
  return filesBelow(directory).files.flatMap((path) => {
    const { groups } = parse(readFileSync(join(directory, path), "utf8")) as RuleFile;
    const kept = groups.filter(({ name }) => sources.has(name.split(".")[0] as Source));
    return kept.length === 0 ? [] : [plainFile(`rules/${path}`, stringify({ groups: kept }, { lineWidth: 0 }))];
  });
}
