// Who connects to whom, as policies of both ends: each is made as soon as it is known where both are.
import type { PlatformArgs } from "../workload.ts";
import { type Edge, edgePolicies, type PolicySpec } from "./policies.ts";

/** A policy that is due, and the namespace that it is for. */
export interface DuePolicy {
  readonly name: string;
  readonly namespace: string;
  readonly spec: PolicySpec;
}

/** An edge, and what makes its policies. */
interface Waiting {
  readonly edge: Edge;
  readonly make: (policy: DuePolicy) => void;
}

/** The edges of a stack. */
export class Edges {
  private readonly settings: PlatformArgs;
  private readonly namespaces = new Map<string, string>();
  private waiting: readonly Waiting[] = [];

  constructor(settings: PlatformArgs) {
    this.settings = settings;
  }

  /** A workload is in that namespace: edges that waited for it are made. */
  place(workload: string, namespace: string): void {
    this.namespaces.set(workload, namespace);
    const { true: due = [], false: waiting = [] } = Object.groupBy(this.waiting, ({ edge }) => String(this.isDue(edge)) as "true" | "false");
    this.waiting = waiting;
    for (const { edge, make } of due) this.policies(edge).forEach(make);
  }

  /** The edges that a workload declares; one from a workload that a stack does not have is none. */
  declare(edges: readonly Edge[], make: (policy: DuePolicy) => void): void {
    for (const edge of edges) {
      if (this.isDue(edge)) this.policies(edge).forEach(make);
      else this.waiting = [...this.waiting, { edge, make }];
    }
  }

  private isDue({ from, to }: Edge): boolean {
    return this.namespaces.has(from) && this.namespaces.has(to);
  }

  private policies(edge: Edge): DuePolicy[] {
    return edgePolicies(edge, this.settings, (workload) => this.namespaces.get(workload)!);
  }
}
