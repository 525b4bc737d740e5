// Rules and panels for a Prometheus that watches other things too: every selector of theirs asks for the stack's own series.
import { parser } from "@prometheus-io/lezer-promql";
import { expect, it } from "vitest";
import { boardsOf } from "../../../components/monitoring/dashboards/boards.ts";
import { ruleGroups } from "../../../components/monitoring/rules.ts";
import { scoped } from "../../../components/monitoring/scoped.ts";
import { everything } from "./stacks.ts";

it.each([
  ["up == 0", 'up{stack="s"} == 0'],
  ['stack_probe_success{probe!="canary"} == 0', 'stack_probe_success{stack="s", probe!="canary"} == 0'],
  ["a{}", 'a{stack="s"}'],
  ["sum by (stack) (rate(a[5m] offset 1h)) / on (stack) group_left () stack:b > 0.9", 'sum by (stack) (rate(a{stack="s"}[5m] offset 1h)) / on (stack) group_left () stack:b{stack="s"} > 0.9'],
  ["increase(a[$__range]) or vector(0)", 'increase(a{stack="s"}[$__range]) or vector(0)'],
  ['rate(a{host=~"$domain"}[$__rate_interval])', 'rate(a{stack="s", host=~"$domain"}[$__rate_interval])'],
])("%s becomes %s", (expr, expected) => expect(scoped(expr, "s")).toBe(expected));

it("what is no PromQL is not taken for it", () => expect(() => scoped("sum by (", "s")).toThrow("no PromQL"));

const rules = [...ruleGroups().values()].flat().flatMap((group) => group.rules.map(({ expr }) => expr));
const panels = boardsOf(everything).flatMap((board) => board.rows.flatMap((row) => row.panels.flatMap((panel) => panel.queries.map(({ expr }) => expr))));

it("no selector of any rule or panel is left out", () => {
  expect(rules.length + panels.length).toBeGreaterThan(150);
  for (const expr of [...rules, ...panels]) {
    const found = scoped(expr, "s").replaceAll("$__rate_interval", "1m").replaceAll("$__range", "1h");
    const selectors: string[] = [];
    parser.parse(found).iterate({ enter: ({ name, from, to }) => void (name === "VectorSelector" && selectors.push(found.slice(from, to))) });
    for (const selector of selectors) expect(selector, expr).toMatch(/^[\w:]+\{stack="s"/);
    expect(found.replaceAll(/stack="s"(, )?/g, "").replaceAll("{}", "")).toBe(expr.replaceAll("$__rate_interval", "1m").replaceAll("$__range", "1h"));
  }
});
