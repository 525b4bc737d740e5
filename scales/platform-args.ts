// What the settings mean for a platform.
import type { PlatformArgs } from "../platform/workload.ts";
import type { Settings } from "../settings/schema.ts";

/** The part of the settings that a platform is told. */
export function platformArgs({ namespace, network, publish, logs }: Settings): PlatformArgs {
  return { namespace, network, publishAddresses: publish.addresses, logs };
}
