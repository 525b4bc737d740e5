// What rules and dashboards ask for is what services tell, by scrapes that were recorded (test/config/scrapes).
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { boardsOf } from "../../../components/monitoring/dashboards/boards.ts";
import { limitsOf } from "../../../components/monitoring/limits.ts";
import { type RuleGroup, ruleGroups } from "../../../components/monitoring/rules.ts";
import { pathsBelow } from "../../setup/files.ts";
import { selectorsOf, withoutVariables } from "../../setup/promql.ts";
import { everything } from "./stacks.ts";

/** Labels by metric; every target has these besides. */
const ofTarget = ["stack", "job", "instance"];
const told = new Map<string, Set<string>>();

function tell(metric: string, labels: readonly string[]): void {
  told.set(metric, new Set([...(told.get(metric) ?? []), ...labels]));
}

for (const line of pathsBelow("test/config/scrapes").flatMap((path) => readFileSync(path, "utf8").split("\n")).filter((line) => line !== "")) {
  const [, metric, braces = ""] = /^([\w:]+)(\{.*\})? \S+$/.exec(line)!;
  tell(metric!, [...braces.matchAll(/(\w+)="/g)].map(([, label]) => label!));
}
// What Prometheus itself makes.
tell("up", []);
tell("ALERTS", ["alertname", "alertstate", "severity"]);
const groups: readonly RuleGroup[] = [...[...ruleGroups().values()].flat(), ...limitsOf(everything)];
for (const { rules } of groups) for (const { record } of rules) if (record !== undefined) tell(record, []);

const asked = [
  ...groups.flatMap(({ name, rules }) => rules.map(({ alert, record, expr }): [string, string] => [`${name} ${alert ?? record}`, expr])),
  ...boardsOf(everything).flatMap(({ name, rows }) => rows.flatMap(({ panels }) => panels.flatMap(({ title, queries }) => queries.map(({ expr }): [string, string] => [`${name}: ${title}`, expr])))),
];

describe("every metric and label of", () => {
  it.each(asked)("%s is told by somebody", (_, expr) => {
    const selectors = selectorsOf(withoutVariables(expr));
    expect(selectors.filter(({ metric }) => !told.has(metric)).map(({ metric }) => metric)).toEqual([]);
    for (const { metric, labels } of selectors) expect([metric, labels.filter((label) => !told.get(metric)!.has(label) && !ofTarget.includes(label))]).toEqual([metric, []]);
  });
});

it("scrapes name nobody, and no address", () => {
  for (const path of pathsBelow("test/config/scrapes")) expect(readFileSync(path, "utf8")).not.toMatch(/\d+\.\d+\.\d+\.\d+|[\w-]+@[\w-]/);
});

it("every expression but limits, which are constants, names a metric", () => {
  expect(asked.filter(([, expr]) => selectorsOf(withoutVariables(expr)).length === 0).map(([name]) => name).filter((name) => !name.includes(".limits stack:"))).toEqual([]);
});
