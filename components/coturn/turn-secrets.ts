// The secrets that credentials for TURN are made from, by their generations.
import type * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import type { Settings } from "../../settings/schema.ts";

export interface TurnSecrets {
  /** Prosody makes credentials from it. */
  readonly current: pulumi.Output<string>;
  /**
   * Those that Coturn takes: the one before, for what was given out, and the next one, so that it does not matter which of the
   * services hears of a change first.
   */
  readonly valid: readonly pulumi.Output<string>[];
}

export function turnSecrets({ secretGeneration }: Settings["turn"], options: pulumi.CustomResourceOptions = {}): TurnSecrets {
  const secret = (generation: number) => new random.RandomPassword(`turn-secret-${generation}`, { length: 48, special: false }, options).result;
  const current = secret(secretGeneration);
  const before = secretGeneration > 1 ? [secret(secretGeneration - 1)] : [];
  return { current, valid: [...before, current, secret(secretGeneration + 1)] };
}
