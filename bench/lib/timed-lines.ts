// What a program prints, and when.

/** A program that execa runs, with its streams as one and without `reject`. */
interface Running extends PromiseLike<{ readonly exitCode?: number | undefined }> {
  iterable(options: { readonly from: "all" }): AsyncIterable<string>;
}

export interface TimedLine {
  /** Seconds since the program was waited for. */
  readonly after: number;
  readonly line: string;
}

/** Every line that a program prints which was just started. @throws with them when it fails */
export async function timedLines(what: string, child: Running): Promise<TimedLine[]> {
  const start = performance.now();
  const lines: TimedLine[] = [];
  for await (const line of child.iterable({ from: "all" })) lines.push({ after: (performance.now() - start) / 1000, line });
  const { exitCode } = await child;
  if (exitCode !== 0) throw new Error(`${what}: status ${exitCode}\n${lines.map(({ line }) => line).join("\n")}`);
  return lines;
}
