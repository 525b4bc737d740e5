// A stack's alerts in less time than they take: its own rules, as they were rendered, with shorter times. Alerts have minutes until
// they fire and look back for up to three days; what is shortened is that and nothing else: no threshold, no figure. How long each
// really takes is proven by promtool (test/config/prometheus-rules), which fires and which clears by these.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import type { Rule, RuleGroup } from "../../components/monitoring/rules.ts";
import { dockerOutput } from "../image/docker.ts";
import { filesBelow } from "../setup/files.ts";
import { nodesOf, parsed, rewritten } from "../setup/promql.ts";
import type { TestStack } from "./stack.ts";

/**
 * Seconds for seconds, so that what is longer stays longer. Of a window, whose least has to hold two looks of the probes: five
 * minutes become 25 s, three days 49. Of a `for`: a minute becomes 5 s, an hour 26.
 */
const shortened = { window: (seconds: number) => Math.ceil(14 * seconds ** 0.1), for: (seconds: number) => Math.round(seconds ** 0.4) };

const units: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

function seconds(duration: string): number {
  return [...duration.matchAll(/(\d+)([smhd])/g)].reduce((sum, [, count, unit]) => sum + Number(count) * units[unit!]!, 0);
}

/** The same with windows, and the time that is looked ahead, shortened; but of quantiles: of the few samples of a short one each is more than one of twenty. */
export function hurriedExpression(expr: string): string {
  if (nodesOf(parsed(expr), "HistogramQuantile").length > 0) return expr;
  return rewritten(expr, (node, text) => {
    const own = expr.slice(node.from, node.to);
    if (node.name === "NumberDurationLiteralInDurationContext") return `${shortened.window(seconds(own))}s`;
    if (node.name !== "FunctionCall" || node.firstChild!.firstChild!.name !== "PredictLinear") return undefined;
    const { firstChild: series, lastChild: ahead } = node.lastChild!;
    return `predict_linear(${text(series!)}, 14 * (${text(ahead!)}) ^ 0.1)`;
  });
}

function hurried({ expr, for: pending, ...rule }: Rule): Rule {
  return { ...rule, expr: hurriedExpression(expr), ...(pending === undefined ? {} : { for: `${shortened.for(seconds(pending))}s` }) };
}

/** The rules that the stack was given. */
export function deliveredRules({ renderedDirectory }: Pick<TestStack, "renderedDirectory">): RuleGroup[] {
  const paths = filesBelow(renderedDirectory).filter((path) => path.includes("-prometheus-") && path.includes("/rules/"));
  return paths.flatMap((path) => (parse(readFileSync(join(renderedDirectory, path), "utf8")) as { groups: RuleGroup[] }).groups);
}

/** Puts them in force, past every check, until other rules are delivered. */
export async function hurry(stack: Pick<TestStack, "namespace" | "renderedDirectory">): Promise<void> {
  const groups = deliveredRules(stack).map(({ name, rules }) => ({ name, rules: rules.map(hurried) }));
  const container = `${stack.namespace}-prometheus`;
  const program = `
local rules = "/config/current/rules/"
for name in require "posix.dirent".files(rules) do
  os.remove(rules .. name)
end
assert(io.open(rules .. "hurried.yml", "w")):write(io.read("a"))`;
  const image = (await dockerOutput(["inspect", "--format", "{{.Image}}", container])).trim();
  await dockerOutput(["run", "--rm", "-i", "--network", "none", "--user", "0:0", "--volume", `${stack.namespace}-prometheus-config:/config`, "--entrypoint", "/usr/bin/lua5.4", image, "-e", program], JSON.stringify({ groups }));
  await dockerOutput(["restart", container]);
}
