// How a service's programs are told in what form they write its log (components/base/log.lua).
import type { PlatformArgs, WorkloadArgs } from "./workload.ts";

/** The workload with that in its environment. */
export function withLogFormat(args: WorkloadArgs, { logs }: Pick<PlatformArgs, "logs">): WorkloadArgs {
  if (logs.format === "text") return args;
  return { ...args, environment: { STACK_LOG_FORMAT: logs.format, STACK_SERVICE: args.name, ...args.environment } };
}
