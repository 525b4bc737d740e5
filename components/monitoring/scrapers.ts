// Who asks the workloads of a stack for figures.
import type { Settings } from "../../settings/schema.ts";

const workloads = { off: [], own: ["prometheus"], external: ["nginx"] } as const;

/** Names of workloads: the stack's own Prometheus, or the front, which asks for one of somebody else's. */
export function scrapers({ monitoring }: Pick<Settings, "monitoring">): readonly string[] {
  return workloads[monitoring];
}
