// What the settings mean for a platform.
import type { PlatformArgs } from "../platform/workload.ts";
import { boundPorts } from "../settings/ports.ts";
import type { Settings } from "../settings/schema.ts";

/** The part of the settings that a platform is told. */
export function platformArgs(settings: Settings): PlatformArgs {
  const { namespace, network, publish, logs, kubernetes } = settings;
  return { namespace, network, publish: boundPorts(settings), publishOnMachine: {}, publishAddresses: publish.addresses, logs, kubernetes };
}
