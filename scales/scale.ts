// Which scale and platform a stack gets, and one line for what is not built yet.
import * as pulumi from "@pulumi/pulumi";
import type { Platform } from "../platform/workload.ts";
import { namespace } from "../settings/problems.ts";
import type { Settings } from "../settings/schema.ts";
import type { StackOutputs } from "./outputs.ts";
import { personal } from "./personal.ts";

type Composition = (settings: Settings, platform: Platform) => StackOutputs;

const compositions: Partial<Record<Settings["scale"], Composition>> = { personal };

/** The composition of the scale that is set. @throws pulumi.RunError for one that is not built yet */
export function scaleOf({ scale, database, replicas }: Settings): Composition {
  const composition = compositions[scale];
  if (!composition) throw notBuilt("scale", scale, `the scales that are: ${Object.keys(compositions).join(", ")}`);
  if (database !== "sqlite") throw notBuilt("database", database, "set it to sqlite");
  if (replicas > 1) throw notBuilt("replicas", String(replicas), "set it to 1");
  return composition;
}

/** The platform that is set; only its provider's SDK is loaded. @throws pulumi.RunError for one that is not built yet */
export async function platformOf({ platform, namespace: prefix, network, publish, logs }: Settings): Promise<Platform> {
  if (platform !== "docker") throw notBuilt("platform", platform, "set it to docker");
  const { DockerPlatform } = await import("../platform/docker/platform.ts");
  return new DockerPlatform("docker", { namespace: prefix, network, publishAddresses: publish.addresses, logs });
}

function notBuilt(key: string, found: string, instead: string): pulumi.RunError {
  return new pulumi.RunError(`${namespace}:${key}: ${found} is not built yet (see CHANGELOG.md); ${instead}`);
}
