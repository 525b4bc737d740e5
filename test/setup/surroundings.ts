// What a service is told of where it runs, for tests that need no platform: as Docker says it.
import { dockerSurroundings } from "../../platform/docker/platform.ts";
import type { Surroundings } from "../../platform/workload.ts";
import type { Settings } from "../../settings/schema.ts";

export function surroundingsOf({ namespace, network, publish }: Settings): Surroundings {
  return dockerSurroundings({ namespace, network, publishAddresses: publish.addresses });
}
