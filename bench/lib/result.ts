// One figure as it was measured: what bench/results/*.json hold.
import { type Limit, limitText } from "./figure.ts";

export const resultsDirectory = "bench/results";

export interface Result {
  readonly name: string;
  readonly title: string;
  readonly how: string;
  readonly date: string;
  readonly machine: Readonly<Record<string, string>>;
  readonly figures: readonly (Limit & { readonly value: number; readonly met: boolean })[];
  readonly samples: Readonly<Record<string, readonly number[]>>;
  readonly notes: readonly string[];
}

/** The result for the terminal. */
export function resultLines({ figures, samples, notes }: Result): string[] {
  return [
    ...figures.map((one) => `${one.met ? "met" : "NOT MET"}: ${one.what}: ${one.value} ${one.unit} (${limitText(one)})`),
    ...Object.entries(samples).map(([what, values]) => `  ${what}: ${values.join(" ")}`),
    ...notes.map((note) => `  ${note}`),
  ];
}
