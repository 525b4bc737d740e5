// docs/benchmarks.md, made of the results.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { type Result, resultsDirectory } from "./result.ts";
import { limitText, median, rounded } from "./figure.ts";

/** Writes docs/benchmarks.md of the results that are there, in this order. */
export function writeDocument(names: readonly string[]): void {
  const results = names
    .map((name) => `${resultsDirectory}/${name}.json`)
    .filter((path) => existsSync(path))
    .map((path) => JSON.parse(readFileSync(path, "utf8")) as Result);
  writeFileSync("docs/benchmarks.md", `${introduction}\n${summary(results)}\n\n${results.map(section).join("\n\n")}\n`);
}

const introduction = `# Benchmarks

Made by \`npm run bench\` of \`bench/results/*.json\`, which hold every single measurement; do not edit it by hand. Each
figure is one file in \`bench/\`. \`npm run bench -- --quick\` tries each once and writes nothing.
`;

function summary(results: readonly Result[]): string {
  const rows = results.flatMap(({ title, figures }) =>
    figures.map((one) => `| ${title}: ${one.what} | ${limitText(one)} | ${one.value} ${one.unit} | ${one.met ? "met" : "**not met**"} |`),
  );
  return ["| figure | limit | measured | |", "| --- | --- | --- | --- |", ...rows].join("\n");
}

function section({ title, how, date, machine, samples, notes }: Result): string {
  const rows = Object.entries(samples).map(
    ([what, values]) => `| ${what} | ${values.length} | ${rounded(Math.min(...values))} | ${rounded(median(values))} | ${rounded(Math.max(...values))} |`,
  );
  return [
    `## ${title}`,
    "",
    how,
    "",
    "| | times | lowest | median | highest |",
    "| --- | --- | --- | --- | --- |",
    ...rows,
    ...(notes.length > 0 ? ["", ...notes.map((note) => `- ${note}`)] : []),
    "",
    `Measured ${date.slice(0, 10)} on ${Object.entries(machine).map(([what, fact]) => `${what}: ${fact}`).join("; ")}.`,
  ].join("\n");
}
