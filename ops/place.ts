// Where a stack runs, as the command line sees it: what has to be there before, and where it is reached afterwards.
import { generationIn } from "../components/generations.ts";
import type { Settings } from "../settings/schema.ts";
import { recordedEngine } from "./engine.ts";
import { OperatorError } from "./errors.ts";
import type { Result } from "./run.ts";
import type { Stack } from "./stack.ts";

export interface Place {
  /** Everything that is missing, and a look at what is in the way. @throws OperatorError before anything of the stack changes */
  prepare(): Promise<void>;
  /** Images and whatever else has to be there when the engine starts. */
  supply(): Promise<void>;
  /** Waits until what the engine has changed is in force. @throws OperatorError where it is refused */
  settle(): Promise<void>;
  /**
   * Looks at what is in force. The function that it returns puts that back where an up has failed for files that were refused,
   * and returns the error with the reason.
   */
  remember(): Promise<(error: unknown) => Promise<unknown>>;
  /** Certificates of authorities (PEM) that are the place's own and no stack's. */
  authorities(): Promise<string[]>;
  /** Address under which this machine reaches what is published. */
  address(): Promise<string>;
  /** What a program says that is run in the container of a service, with that text as its standard input. */
  execute(service: string, command: readonly string[], input?: string): Promise<Result>;
  /** How a workload ended that runs once; undefined for one that is not there, or has not ended. */
  ended(workload: string): Promise<End | undefined>;
  /** The data volumes that have generations, all of them. */
  generations(): Promise<readonly Generation[]>;
  /** Removes some of these. @throws OperatorError where something uses them */
  removeGenerations(generations: readonly Generation[]): Promise<void>;
  /** Removes what workloads that are gone have left there of their files. */
  forget(workloads: readonly string[]): Promise<void>;
  /** The command that shows a service's log. */
  logs(service: string): string;
}

export interface End {
  readonly exitCode: number;
  /** Its last line. */
  readonly words: string;
}

/** A data volume that has a generation. */
export interface Generation {
  /** As the place calls it. */
  readonly name: string;
  readonly generation: number;
}

/** Those of the names that are such volumes, behind what all names of the stack begin with. */
export function generationsAmong(names: readonly string[], prefix: string): Generation[] {
  return names.flatMap((name) => {
    const generation = generationIn(name, prefix);
    return generation === undefined ? [] : [{ name, generation }];
  });
}

/** The place of a stack, by its platform. */
export async function placeOf(stack: Stack, settings: Settings): Promise<Place> {
  switch (settings.platform) {
    case "docker":
      return (await import("./docker-place.ts")).dockerPlace(stack, settings);
    case "kubernetes":
      return (await import("./kubernetes/cluster-place.ts")).clusterPlace(stack, settings);
  }
}

/**
 * New passwords and keys would lock their operator out of old data.
 *
 * @param found what there is of the stack's data, and how it is removed
 * @throws OperatorError where there is some, and the stack's passwords and keys are elsewhere
 */
export async function refuseForeignData(stack: Stack, found: () => Promise<{ readonly data: string; readonly removal: string } | undefined>): Promise<void> {
  if (recordedEngine(stack) !== undefined) return;
  const foreign = await found();
  if (foreign) throw new OperatorError(`stack ${stack.name} has data (${foreign.data}) and no passwords and keys in ${stack.stateDirectory}; bring that directory back, run this as the user who brought the stack up, or remove the data (${foreign.removal})`);
}
