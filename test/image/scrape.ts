// What /metrics says (Prosody's and others', in OpenMetrics or the text format), as Prometheus reads it.

/** Values by series, each as it is written: `name{label="value"}`. */
export type Series = ReadonlyMap<string, number>;

export async function scrape(address: string, port = 5280): Promise<{ readonly status: number; readonly text: string; readonly series: Series }> {
  const response = await fetch(`http://${address}:${port}/metrics`);
  const text = await response.text();
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  const split = lines.map((line): [string, number] => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ") + 1))]);
  return { status: response.status, text, series: new Map(split) };
}

/** By how much each of our own series went up that went up at all; times, memory and such are no counts of events. */
export function increases(before: Series, after: Series): Readonly<Record<string, number>> {
  const counted = [...after].filter(([name]) => /^prosody_stack_\w+_total/.test(name) && !/cpu_seconds/.test(name));
  return Object.fromEntries(counted.map(([name, value]) => [name, value - (before.get(name) ?? 0)] as const).filter(([, by]) => by !== 0));
}
