// docs/compliance.md, made of what the server answered.
import { type Row, type ServerRow, type State, type Suite, isServerRow } from "./row.ts";

export interface Answers {
  readonly states: ReadonlyMap<Row, State>;
  /** What is not there any more without the HTTPS port. */
  readonly withoutHttps: readonly ServerRow[];
}

const levels = ["Server", "Advanced Server"] as const;

export function complianceDocument(suites: readonly Suite[], mentioned: readonly Suite[], { states, withoutHttps }: Answers): string {
  const gone = new Map([...states].map(([row, state]) => [row, withoutHttps.includes(row as ServerRow) ? "no" : state] as const));
  const lines = [
    "# Compliance with XEP-0479",
    "",
    `Made by a test that asks a running server, and compared with it in every run: do not edit. [XEP-0479](${address("XEP-0479")}), XMPP`,
    "Compliance Suites 2023 (version 0.1.0 of May 2023, status Experimental), is the last edition that the XSF has published: it",
    "obsoletes XEP-0459 (2022), and none has come since. Its server columns are these.",
    "",
    "Asked was a stack of the personal scale as it comes up, with three settings of the tests: `environment: development`,",
    "ports of their own, and `overrides` and a secret that let a component in (XEP-0114). The other scales are not built yet.",
    "",
    "```sh",
    "PATH=$PWD/node_modules/.bin:$PATH vitest run --project e2e test/e2e/compliance.test.ts   # -u writes this file anew",
    "```",
    "",
    "| suite | Server | Advanced Server | with `publish.https: 0` |",
    "| --- | --- | --- | --- |",
    ...suites.map((suite) => `| ${suite.name} | ${levels.map((_, level) => verdict(suites, suite, level, states)).join(" | ")} | ${levels.map((name, level) => `${name}: ${verdict(suites, suite, level, gone)}`).join("; ")} |`),
    "",
    "Each suite asks for Core too. States: **yes**, the test used it and it works; **no**, Prosody 13 with Debian's modules does",
    "not have it; **not yet**, this project does not set it up so far; **client**, clients do it among themselves.",
    "",
    `\`publish.https: 0\` leaves out Nginx, and with it (asked as well) ${withoutHttps.map(({ specification }) => specification).join(", ")}; all else stays.`,
    ...suites.flatMap((suite) => ["", `## ${suite.name}`, "", "| feature | specification | Server | Advanced | state | how it was seen | modules |", "| --- | --- | --- | --- | --- | --- | --- |", ...suite.rows.map((row) => line(row, states))]),
    "",
    "✓ required, – not required, N/A not for servers. Modules are Prosody's; the test finds them loaded.",
    ...mentioned.flatMap((suite) => ["", `## ${suite.name}`, "", "Not required.", "", "| for | specification | state | how it was seen | modules |", "| --- | --- | --- | --- | --- |", ...suite.rows.map((row) => line(row, states))]),
  ];
  return `${lines.join("\n")}\n`;
}

/** Whether a level is reached: Core's rows count for every suite. */
function verdict(suites: readonly Suite[], suite: Suite, level: number, states: ReadonlyMap<Row, State>): string {
  const rows = new Set([...suites.find(({ name }) => name === "Core")!.rows, ...suite.rows]);
  const unmet = [...rows].filter((row) => row.levels?.[level] === "✓" && !["yes", "client"].includes(states.get(row)!));
  return unmet.length === 0 ? "yes" : `no, for want of ${unmet.map(({ specification }) => specification).join(", ")}`;
}

function line(row: Row, states: ReadonlyMap<Row, State>): string {
  const state = states.get(row)!;
  const how = !isServerRow(row) ? `left to the server: ${row.client}` : state === "yes" ? row.seen : (row.missing?.why ?? "");
  const modules = isServerRow(row) && state === "yes" ? row.by.map((name) => `\`${name}\``).join(", ") : "";
  return `| ${[row.feature, `[${row.specification}](${address(row.specification)}) ${row.title}`, ...(row.levels ?? []), state, how, modules].join(" | ")} |`;
}

function address(specification: string): string {
  const [series, number] = specification.split("-").length === 2 ? specification.toLowerCase().split("-") : specification.toLowerCase().split(" ");
  return series === "rfc" ? `https://www.rfc-editor.org/rfc/rfc${number}` : `https://xmpp.org/extensions/xep-${number}.html`;
}
