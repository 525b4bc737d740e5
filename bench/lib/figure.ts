// What a figure is: something that is measured against limits, and how.

export type Limit = {
  /** What the number is, e.g. "to the first login". */
  readonly what: string;
  readonly unit: string;
} & ({ readonly atMost: number } | { readonly atLeast: number });

export function isMet(limit: Limit, value: number): boolean {
  return "atMost" in limit ? value <= limit.atMost : value >= limit.atLeast;
}

/** Such as "at most 40 MiB". */
export function limitText(limit: Limit): string {
  return "atMost" in limit ? `at most ${limit.atMost} ${limit.unit}` : `at least ${limit.atLeast} ${limit.unit}`;
}

/** One file of bench/ exports one of these as `figure`. */
export interface Figure {
  readonly name: string;
  readonly title: string;
  /** How it is measured, in a few sentences for whoever doubts it. */
  readonly how: string;
  readonly limits: readonly Limit[];
  measure(options: MeasureOptions): Promise<Measured>;
}

export interface MeasureOptions {
  /** How often: 7 for figures that count, 1 to see that a bench works. */
  readonly rounds: number;
}

export interface Measured {
  /** A value for each limit, in that order. */
  readonly values: readonly number[];
  /** Every single measurement, by what was measured (with its unit). */
  readonly samples: Readonly<Record<string, readonly number[]>>;
  /** What has to be known beside the numbers. */
  readonly notes: readonly string[];
}

export function median(samples: readonly number[]): number {
  const sorted = samples.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Seconds since a moment of performance.now(), to the millisecond. */
export function secondsSince(start: number): number {
  return rounded((performance.now() - start) / 1000);
}

export function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
