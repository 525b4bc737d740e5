import { describe, expect, it } from "vitest";
import { isMet, limitText, median } from "../../../bench/lib/figure.ts";

describe("a limit of a figure", () => {
  const most = { what: "memory", atMost: 40, unit: "MiB" };
  const least = { what: "upload", atLeast: 0.8, unit: "×" };

  it("that is the most is met up to it", () => {
    expect([39.9, 40, 40.1].map((value) => isMet(most, value))).toEqual([true, true, false]);
  });

  it("that is the least is met from it on", () => {
    expect([0.79, 0.8, 1.2].map((value) => isMet(least, value))).toEqual([false, true, true]);
  });

  it("is not met by what is no number", () => {
    expect([isMet(most, NaN), isMet(least, NaN)]).toEqual([false, false]);
  });

  it("says which of both it is", () => {
    expect([limitText(most), limitText(least)]).toEqual(["at most 40 MiB", "at least 0.8 ×"]);
  });
});

describe("the median", () => {
  it("is the middle one of those in order, or between the two in the middle", () => {
    expect([median([10, 9, 2]), median([4, 1, 3, 2])]).toEqual([9, 2.5]);
  });
});
