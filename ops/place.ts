// Where a stack runs, as the command line sees it: what has to be there before, and where it is reached afterwards.
import type { Settings } from "../settings/schema.ts";
import type { Stack } from "./stack.ts";

export interface Place {
  /** Everything that is missing, and a look at what is in the way. @throws OperatorError before anything of the stack changes */
  prepare(stack: Stack, settings: Settings): Promise<void>;
  /** Images and whatever else has to be there when the engine starts. */
  supply(stack: Stack, settings: Settings): Promise<void>;
  /** Waits until what the engine has changed is in force. @throws OperatorError where it is refused */
  settle(settings: Settings): Promise<void>;
  /**
   * Looks at what is in force. The function that it returns puts that back where an up has failed for files that were refused,
   * and returns the error with the reason.
   */
  remember(settings: Settings): Promise<(error: unknown) => Promise<unknown>>;
  /** Address under which this machine reaches what is published. */
  address(settings: Settings): Promise<string>;
  /** The command that shows a service's log. */
  logs(settings: Settings, service: string): string;
}

/** The place of a stack, by its platform. */
export async function placeOf({ platform }: Settings): Promise<Place> {
  switch (platform) {
    case "docker":
      return (await import("./docker-place.ts")).dockerPlace;
    case "kubernetes":
      return (await import("./kubernetes/cluster-place.ts")).clusterPlace;
  }
}
