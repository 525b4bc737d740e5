// What live tests make of rules: the series that an alert looks at, and the same in less time (test/e2e/alerts.test.ts).
import { expect, it } from "vitest";
import { ruleGroups } from "../../../components/monitoring/rules.ts";
import { hurriedExpression } from "../../e2e/hurried-rules.ts";
import { nodesOf, parsed, selectorsOf, seriesOf } from "../../setup/promql.ts";

const expressions = [...ruleGroups().values()].flat().flatMap(({ rules }) => rules.map(({ expr }): [string] => [expr]));

it.each([
  ["up == 0", ["up"]],
  ["time() - last > 26 * 3600", ["time() - last"]],
  ["a / (b > 0) > 0.9 and on (x) c == 1", ["a / (b) and on (x) c"]],
  ['up{job="backup"} == 1 unless on (stack) last > 3', ['up{job="backup"}', "last"]],
])("%s is about its series, whatever their values", (expr, series) => expect(seriesOf(expr)).toEqual(series));

it("what compares two series is refused, and what is no PromQL", () => {
  expect(() => seriesOf("a > b")).toThrow("not compared with a number: a > b");
  expect(() => parsed("sum(")).toThrow(/^no PromQL from /);
});

it.each(expressions)("of %s no series is left out, and no comparison is left", (expr) => {
  const series = seriesOf(expr);
  const names = (all: readonly string[]) => all.flatMap((one) => selectorsOf(one).map(({ metric }) => metric)).toSorted();
  expect(names(series)).toEqual(names([expr]));
  const operators = series.flatMap((one) => nodesOf(parsed(one), "BinaryExpr").map((node) => node.firstChild!.nextSibling!.name));
  expect(operators.filter((name) => ["Eql", "Neq", "Gtr", "Gte", "Lss", "Lte", "Unless"].includes(name))).toEqual([]);
});

it.each([
  ["increase(a[10m]) > 60", "increase(a[27s]) > 60"],
  ["predict_linear(a[1h], 4 * 3600) < 0", "predict_linear(a[32s], 14 * (4 * 3600) ^ 0.1) < 0"],
  ["histogram_quantile(0.95, rate(a[5m])) > 0.5", "histogram_quantile(0.95, rate(a[5m])) > 0.5"],
])("%s hurries by its times alone", (expr, hurried) => expect(hurriedExpression(expr)).toBe(hurried));
