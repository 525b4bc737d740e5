// What is not built yet is refused with one line, before anything is looked at or changed.
import * as pulumi from "@pulumi/pulumi";
import { namespace } from "../settings/problems.ts";
import type { Settings } from "../settings/schema.ts";

/** @throws pulumi.RunError for settings that are right, but for a part that does not exist yet */
export function refuseUnbuilt({ scale, replicas }: Settings): void {
  if (scale === "enterprise") throw notBuilt("scale", scale, "set it to community");
  if (replicas > 1) throw notBuilt("replicas", String(replicas), "set it to 1");
}

function notBuilt(key: string, found: string, instead: string): pulumi.RunError {
  return new pulumi.RunError(`${namespace}:${key}: ${found} is not built yet (see CHANGELOG.md); ${instead}`);
}
