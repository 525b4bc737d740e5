// What a fault on a live stack is: which alerts it makes fire, and that they end with it.
import { expect } from "vitest";
import { eventually } from "../image/docker.ts";
import type { Prometheus } from "./prometheus.ts";

export interface Fault {
  readonly begins: () => Promise<void>;
  /** Whoever mends it. */
  readonly ends: () => Promise<void>;
  /** Names of all the alerts that it is to make fire, and of no other. */
  readonly fires: readonly string[];
}

/** Nobody sets the clock of a machine that tests run on, and that is told rightly. */
const machines = ["ClockNotSynchronised"];

/** Seconds at most until all of them fire, and until none does; both as shortened (hurried-rules.ts). */
const patience = { fire: 120, clear: 120 };

/** No alert fires, or is about to. */
export async function quiet(prometheus: Prometheus): Promise<void> {
  let last = "";
  const told = async () => (last = (await prometheus.alerts()).map(({ labels, state }) => `${labels.alertname} of ${labels.instance}, ${state}`).filter((name) => !machines.some((machine) => name.startsWith(machine))).join("; "));
  await eventually("no alert", async () => (await told()) === "", patience.clear).catch((error: Error) => {
    throw new Error(`${error.message}, but ${last}`);
  });
}

/** Alerts that have fired since then, for however short a time. */
async function fired(prometheus: Prometheus, since: number): Promise<string[]> {
  const names = (await prometheus.query(`max_over_time(ALERTS{alertstate="firing"}[${Math.ceil((Date.now() - since) / 1000)}s])`)).map(({ metric }) => metric.alertname!);
  return [...new Set(names)].filter((name) => !machines.includes(name)).toSorted();
}

/** Exactly its alerts fire while it lasts, and until they are all over. */
export async function happens(prometheus: Prometheus, { begins, ends, fires }: Fault): Promise<void> {
  await quiet(prometheus);
  const begun = Date.now();
  try {
    await begins();
    await expect.poll(() => fired(prometheus, begun), { timeout: patience.fire * 1000, interval: 1000 }).toEqual(expect.arrayContaining([...fires]));
  } finally {
    await ends();
  }
  const firing = Date.now();
  await quiet(prometheus);
  expect(await fired(prometheus, begun)).toEqual(fires.toSorted());
  console.log(`${fires.join(", ")}: all after ${Math.round((firing - begun) / 1000)} s, none ${Math.round((Date.now() - firing) / 1000)} s later`);
}
