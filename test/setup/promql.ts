// Expressions of PromQL, as far as tests look into them.

/** What Grafana would put where its variables are. */
export function withoutVariables(expr: string): string {
  return expr.replaceAll("$__rate_interval", "1m").replaceAll("$__range", "6h").replaceAll("$domain", "(one[.]test)");
}

export interface Selector {
  readonly metric: string;
  /** Labels that it asks for. */
  readonly labels: readonly string[];
}

const functions = new Set(["abs", "and", "avg", "bool", "by", "changes", "count", "deriv", "group_left", "histogram_quantile", "ignoring", "increase", "max", "min", "min_over_time", "on", "or", "predict_linear", "rate", "sum", "time", "topk", "unless", "vector", "without"]);

/** The metrics that an expression names, with the labels that it selects by. What `by (…)` and `on (…)` list is none of them. */
export function selectorsOf(expr: string): Selector[] {
  const text = expr.replaceAll(/\b(by|on|without|ignoring|group_left)\s*\([^)]*\)/g, " ");
  return [...text.matchAll(/(?<![\w"$.:])([a-zA-Z_:][\w:]*)\s*(\{(?:"[^"]*"|[^}"])*\})?/g)]
    .filter(([, name]) => !functions.has(name!) && !/^\d/.test(name!))
    .map(([, metric, braces = ""]) => ({ metric: metric!, labels: [...braces.matchAll(/(\w+)\s*(?:=~|!~|!=|=)\s*"/g)].map(([, label]) => label!) }));
}
