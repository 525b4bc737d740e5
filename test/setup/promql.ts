// Expressions of PromQL, as far as tests look into them, by Prometheus' own grammar of them.
import type { SyntaxNode } from "@lezer/common";
import { parser } from "@prometheus-io/lezer-promql";

/** What Grafana would put where its variables are. */
export function withoutVariables(expr: string): string {
  return expr.replaceAll("$__rate_interval", "1m").replaceAll("$__range", "6h").replaceAll("$domain", "(one[.]test)");
}

export interface Selector {
  readonly metric: string;
  /** Labels that it asks for. */
  readonly labels: readonly string[];
}

/** What stands where a node does, if not the node's own text. */
export type Replacement = (node: SyntaxNode, text: (node: SyntaxNode) => string) => string | undefined;

const comparisons = new Set(["Eql", "Neq", "Gtr", "Gte", "Lss", "Lte"]);

/** @throws where it is none */
export function parsed(expr: string): SyntaxNode {
  const tree = parser.parse(expr);
  tree.iterate({ enter: ({ type, from }) => {
    if (type.isError) throw new Error(`no PromQL from "${expr.slice(from, from + 20)}" on: ${expr}`);
  } });
  return tree.topNode;
}

/** The metrics that an expression names, with the labels that it selects by. */
export function selectorsOf(expr: string): Selector[] {
  const text = ({ from, to }: SyntaxNode) => expr.slice(from, to);
  return nodesOf(parsed(expr), "VectorSelector").map((selector) => ({
    metric: text(selector.getChild("Identifier")!),
    labels: nodesOf(selector, "LabelName").map(text),
  }));
}

/**
 * What an expression is about, whether or not it is so now: comparisons are taken away, and what must not be (`unless`) is an
 * expression of its own.
 *
 * @example seriesOf("up == 1 unless on (instance) time() - last > 3") // ["up", "time() - last"]
 */
export function seriesOf(expr: string): string[] {
  const excluded: string[] = [];
  const first = rewritten(expr, (node, text) => {
    if (node.name !== "BinaryExpr") return undefined;
    const [left, operator, right] = [node.firstChild!, node.firstChild!.nextSibling!, node.lastChild!];
    if (operator.name === "Unless") {
      excluded.push(...seriesOf(expr.slice(right.from, right.to)));
      return text(left);
    }
    if (!comparisons.has(operator.name)) return undefined;
    const [one, other] = [left, right].filter((side) => nodesOf(side, "VectorSelector").length > 0);
    if (one === undefined || other !== undefined) throw new Error(`not compared with a number: ${expr}`);
    return text(one);
  });
  return [first, ...excluded];
}

/** An expression with some of its parts replaced. */
export function rewritten(expr: string, replacement: Replacement): string {
  const text = (node: SyntaxNode): string => {
    const replaced = replacement(node, text);
    if (replaced !== undefined) return replaced;
    let [done, made] = [node.from, ""];
    for (let child = node.firstChild; child; child = child.nextSibling) {
      made += expr.slice(done, child.from) + text(child);
      done = child.to;
    }
    return made + expr.slice(done, node.to);
  };
  return text(parsed(expr));
}

/** Nodes of that name in it, itself too. */
export function nodesOf(node: SyntaxNode, name: string): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  node.cursor().iterate((at) => {
    if (at.name === name) found.push(at.node);
  });
  return found;
}
