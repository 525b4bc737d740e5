// What the settings mean for a platform.
import type { PlatformArgs } from "../platform/workload.ts";
import { boundPorts } from "../settings/ports.ts";
import type { Settings } from "../settings/schema.ts";
import { turnPorts } from "../settings/turn.ts";

/** The part of the settings that a platform is told. */
export function platformArgs(settings: Settings): PlatformArgs {
  const { namespace, network, publish, logs: { format, maxSize, maxFiles }, kubernetes } = settings;
  return { namespace, network, publish: boundPorts(settings), publishOnMachine: turnPorts(settings), publishAddresses: publish.addresses, logs: { format, maxSize, maxFiles }, kubernetes };
}
