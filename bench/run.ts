// npm run bench [-- NAME…] [--quick]: measures the figures one by one, writes bench/results/*.json and makes
// docs/benchmarks.md of them. --quick measures each once, to see that the benches work, and writes nothing.
import { mkdirSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { ensureDockerEngine } from "../ops/docker-engine.ts";
import { say } from "../ops/run.ts";
import { figure as archive } from "./archive.ts";
import { figure as databaseKilled } from "./database-killed.ts";
import { figure as freshMachine } from "./fresh-machine.ts";
import { figure as kubernetes } from "./kubernetes.ts";
import { figure as memory } from "./memory.ts";
import { figure as memoryCommunity } from "./memory-community.ts";
import { figure as memoryMonitoring } from "./memory-monitoring.ts";
import { figure as messages } from "./messages.ts";
import { figure as metrics } from "./metrics.ts";
import { figure as reload } from "./reload.ts";
import { figure as restore } from "./restore.ts";
import { figure as start } from "./start.ts";
import { figure as transfer } from "./transfer.ts";
import { figure as unchanged } from "./unchanged.ts";
import { writeDocument } from "./lib/document.ts";
import { isMet } from "./lib/figure.ts";
import { machine } from "./lib/machine.ts";
import { type Result, resultLines, resultsDirectory } from "./lib/result.ts";

const figures = [freshMachine, start, unchanged, memory, memoryCommunity, memoryMonitoring, messages, metrics, archive, transfer, reload, databaseKilled, restore, kubernetes];

const { values: options, positionals } = parseArgs({ allowPositionals: true, options: { quick: { type: "boolean", default: false } } });
const unknown = positionals.filter((name) => !figures.some((figure) => figure.name === name));
if (unknown.length > 0) {
  process.stderr.write(`error: there is no figure ${unknown.join(", ")}, expected ${figures.map(({ name }) => name).join(", ")}\n`);
  process.exit(2);
}

await ensureDockerEngine();
const facts = await machine();
let met = true;
for (const figure of figures) {
  if (positionals.length > 0 && !positionals.includes(figure.name)) continue;
  say(`== ${figure.title}`);
  const { values, samples, notes } = await figure.measure({ rounds: options.quick ? 1 : 7 });
  const { name, title, how, limits } = figure;
  const measured = limits.map((limit, index) => ({ ...limit, value: values[index]!, met: isMet(limit, values[index]!) }));
  const result: Result = { name, title, how, date: new Date().toISOString(), machine: facts, figures: measured, samples, notes };
  say(resultLines(result).join("\n"));
  met &&= measured.every((one) => one.met);
  if (options.quick) continue;
  mkdirSync(resultsDirectory, { recursive: true });
  writeFileSync(`${resultsDirectory}/${name}.json`, `${JSON.stringify(result, null, 2)}\n`);
}
if (!options.quick) writeDocument(figures.map(({ name }) => name));
process.exitCode = met ? 0 : 1;
