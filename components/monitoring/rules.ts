// The rules that a stack gets: files of groups, of which those stay whose source it has.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { filesBelow } from "../../platform/files-below.ts";
import { type DeliveredFile, plainFile } from "../../platform/workload.ts";
import type { Settings } from "../../settings/schema.ts";
import { limitsOf } from "./limits.ts";
import { scoped } from "./scoped.ts";
import { type Source, sourcesOf } from "./sources.ts";

/** Where rules are, by what they are about. */
export const rulesDirectory = "config-templates/prometheus/rules";

export interface Rule {
  /** Of a rule that makes another figure. */
  readonly record?: string;
  readonly alert?: string;
  /** PromQL. */
  readonly expr: string;
  readonly for?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface RuleGroup {
  /** `<source>.<topic>` */
  readonly name: string;
  readonly rules: readonly Rule[];
}

/** The groups of each file, of whatever sources. */
export function ruleGroups(): ReadonlyMap<string, readonly RuleGroup[]> {
  return new Map(filesBelow(rulesDirectory).files.map((path) => [path, (parse(readFileSync(join(rulesDirectory, path), "utf8")) as { groups: RuleGroup[] }).groups]));
}

/** What a group is about. */
export function sourceOf({ name }: Pick<RuleGroup, "name">): Source {
  return name.split(".")[0] as Source;
}

/** With a link to its page, where it is said where pages are read. Other tools than ours know it as `runbook_url`. */
function linked(rule: Rule, { alerts: { runbooks } }: Pick<Settings, "alerts">): Rule {
  const page = rule.annotations?.["runbook"];
  if (runbooks === undefined || page === undefined) return rule;
  return { ...rule, annotations: { ...rule.annotations, runbook_url: `${runbooks.replace(/\/+$/, "")}/${page}` } };
}

/** For a Prometheus that watches other things too, about nothing but this stack. */
function own(rule: Rule, { monitoring, namespace }: Pick<Settings, "monitoring" | "namespace">): Rule {
  return monitoring === "external" ? { ...rule, expr: scoped(rule.expr, namespace) } : rule;
}

/** The files of a stack: groups whose source it has, and limits.yml of its settings. A file of which nothing is left is none. */
export function ruleFiles(settings: Settings): DeliveredFile[] {
  const sources = sourcesOf(settings);
  const kept = [...ruleGroups()].map(([path, groups]) => ({ path, groups: groups.filter((group) => sources.has(sourceOf(group))).map((group) => ({ ...group, rules: group.rules.map((rule) => own(linked(rule, settings), settings)) })) }));
  return [...kept, { path: "limits.yml", groups: limitsOf(settings) }]
    .filter(({ groups }) => groups.length > 0)
    .map(({ path, groups }) => plainFile(`rules/${path}`, stringify({ groups }, { lineWidth: 0 })));
}
