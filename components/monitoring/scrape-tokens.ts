// The tokens by which a Prometheus of the operator's own gets figures, by their generations.
import type * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import type { Settings } from "../../settings/schema.ts";

export interface ScrapeTokens {
  /** What that Prometheus is to have. */
  readonly current: pulumi.Output<string>;
  /** Those that the front takes: the one before too, until the next change, so that nothing is missed while Prometheus is given this one. */
  readonly valid: readonly pulumi.Output<string>[];
}

export function scrapeTokens({ tokenGeneration }: Settings["scrape"], options: pulumi.CustomResourceOptions = {}): ScrapeTokens {
  const token = (generation: number) => new random.RandomPassword(`scrape-token-${generation}`, { length: 48, special: false }, options).result;
  const current = token(tokenGeneration);
  return { current, valid: [current, ...(tokenGeneration > 1 ? [token(tokenGeneration - 1)] : [])] };
}
