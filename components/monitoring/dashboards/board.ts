// What a dashboard is before Grafana has anything to do with it: rows of panels, each about something that a stack has or has not.
import type { Settings } from "../../../settings/schema.ts";
import type { Source } from "../sources.ts";

/** Units of Grafana, by what is measured. */
export const units = {
  /** How many. */
  count: "short",
  /** 0 to 1. */
  ratio: "percentunit",
  bytes: "bytes",
  bytesPerSecond: "Bps",
  seconds: "s",
  perSecond: "cps",
  perMinute: "cpm",
  /** 1 or 0. */
  yesNo: "bool_yes_no",
} as const;

/** From this value on, a colour; of what is good at first. */
export interface Limit {
  readonly from: number;
  readonly colour: "green" | "yellow" | "orange" | "red";
}

export interface Query {
  /** PromQL; `$domain` is what the selector of domains says, as a regular expression. */
  readonly expr: string;
  /** What the series is called, with its labels in double braces. */
  readonly legend: string;
}

export interface Panel {
  readonly title: string;
  /** What it shows, and what would be unusual. */
  readonly description: string;
  readonly unit: (typeof units)[keyof typeof units];
  readonly queries: readonly Query[];
  /** `stat`: the value by now. `lines`: over time. */
  readonly kind: "stat" | "lines";
  /** What it is about, where that is not what its row is about. */
  readonly source?: Source;
  /** Colours of values; none where no value is better than another. */
  readonly limits?: readonly Limit[];
  /** Of 24 columns; default 4 of a stat, 12 of lines. */
  readonly width?: number;
}

export interface Row {
  readonly title: string;
  readonly source: Source;
  readonly panels: readonly Panel[];
}

export interface Board {
  /** Name of its file, and the end of its id. */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly rows: readonly Row[];
}

export type BoardSettings = Pick<Settings, "prometheus" | "turn">;

/** Good below, then worth a look, then bad. */
export function highIsBad(look: number, bad: number): readonly Limit[] {
  return [{ from: look, colour: "yellow" }, { from: bad, colour: "red" }];
}

/** Bad below the first, worth a look below the second. */
export function lowIsBad(look: number, good: number): readonly Limit[] {
  return [{ from: Number.NEGATIVE_INFINITY, colour: "red" }, { from: look, colour: "yellow" }, { from: good, colour: "green" }];
}
