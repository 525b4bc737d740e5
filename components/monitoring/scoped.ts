// Expressions of PromQL kept to one stack, for a Prometheus that watches other things too.
import { parser } from "@prometheus-io/lezer-promql";

/** Grafana's variables that stand where PromQL has a duration, and durations that nobody writes. */
const variables = { $__rate_interval: "86413s", $__range: "86417s" } as const;

/**
 * The expression with `stack="<stack>"` in each of its selectors.
 *
 * @throws Error for what is no PromQL
 * @example scoped("up == 0", "xmpp-dev") // 'up{stack="xmpp-dev"} == 0'
 * @see https://prometheus.io/docs/prometheus/latest/querying/basics/#time-series-selectors
 */
export function scoped(expr: string, stack: string): string {
  const text = Object.entries(variables).reduce((all, [variable, duration]) => all.replaceAll(variable, duration), expr);
  const insertions: { readonly at: number; readonly text: string }[] = [];
  parser.parse(text).iterate({
    enter: ({ name, node, to, type }) => {
      if (type.isError) throw new Error(`${expr}: no PromQL at position ${to}`);
      if (name !== "VectorSelector") return;
      const matchers = node.getChild("LabelMatchers");
      const others = matchers !== null && matchers.firstChild !== null;
      insertions.push(matchers === null ? { at: to, text: `{stack="${stack}"}` } : { at: matchers.from + 1, text: `stack="${stack}"${others ? ", " : ""}` });
    },
  });
  const result = insertions.toReversed().reduce((all, { at, text: inserted }) => all.slice(0, at) + inserted + all.slice(at), text);
  return Object.entries(variables).reduce((all, [variable, duration]) => all.replaceAll(duration, variable), result);
}
