// Who watches a stack, as far as others have to know of it.
import type { Settings } from "./schema.ts";

/** Whether somebody does, so that there is something that measures. */
export function isWatched({ monitoring }: Pick<Settings, "monitoring">): boolean {
  return monitoring !== "off";
}

/** Whether machines are measured: of the nodes of a cluster the front would answer with one or another. */
export function measuresNodes({ monitoring, platform }: Pick<Settings, "monitoring" | "platform">): boolean {
  return monitoring !== "external" || platform === "docker";
}
