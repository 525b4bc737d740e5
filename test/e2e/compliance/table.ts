// docs/compliance.md, made of what the server answered.
import { type Row, type ServerRow, type State, type Suite, isServerRow } from "./row.ts";

export interface Answers {
  readonly states: ReadonlyMap<Row, State>;
  /** What is not there any more without the HTTPS port. */
  readonly withoutHttps: readonly ServerRow[];
}

export function complianceDocument(suites: readonly Suite[], mentioned: readonly Suite[], { states, withoutHttps }: Answers): string {
  const gone: ReadonlySet<Row> = new Set(withoutHttps);
  const statesWithoutHttps = new Map([...states].map(([row, state]) => [row, gone.has(row) ? "no" : state] as const));
  const lines = [
    "# Compliance with XEP-0479",
    "",
    "Which of the [XMPP Compliance Suites 2023](https://xmpp.org/extensions/xep-0479.html) (XEP-0479, version 0.1.0, status Experimental) the",
    "server meets. It is the newest edition: it obsoletes XEP-0459 (2022), and the XSF's list of June 2026 has none after it.",
    "",
    "A test makes this document of what a running stack answers, and fails when it says anything else. `-u` writes it anew:",
    "",
    "```sh",
    "PATH=$PWD/node_modules/.bin:$PATH vitest run --project e2e test/e2e/compliance.test.ts",
    "```",
    "",
    "The stack is of the personal scale with its defaults, but for the ports, `environment: development`, `turn.enabled`, and",
    "`overrides` with a secret that let in a component (XEP-0114). It was asked a second time with `publish.https: 0`, which leaves",
    `out Nginx, and with it ${withoutHttps.map(({ specification }) => specification).join(", ")}.`,
    "",
    "| suite | level that the server reaches | with `publish.https: 0` |",
    "| --- | --- | --- |",
    ...suites.map((suite) => `| ${suite.name} | ${levelReached(suites, suite, states)} | ${levelReached(suites, suite, statesWithoutHttps)} |`),
    "",
    "- **yes**: the test used it, and it works",
    "- **no**: Prosody 13 with Debian's modules does not have it",
    "- **not yet**: it could be there, and this project does not set it up so far",
    "- **client**: clients do it among themselves",
    "",
    "✓ is required of servers at that level, – is not, N/A is not for servers. The modules are Prosody's, and are found loaded.",
    ...suites.flatMap((suite) => section(suite, states, ["feature", "specification", "Server", "Advanced Server"])),
    ...mentioned.flatMap((suite) => section(suite, states, ["for", "specification"])),
  ];
  return `${lines.join("\n")}\n`;
}

/** The higher level of which nothing is lacking; every suite asks for all of Core too. */
function levelReached(suites: readonly Suite[], suite: Suite, states: ReadonlyMap<Row, State>): string {
  const rows = new Set([...suites.find(({ name }) => name === "Core")!.rows, ...suite.rows]);
  const lackingAt = (level: 0 | 1) => [...rows].filter((row) => row.levels?.[level] === "✓" && !["yes", "client"].includes(states.get(row)!)).map(({ specification }) => specification);
  const [server, advanced] = [lackingAt(0), lackingAt(1)];
  if (advanced.length === 0) return "Advanced Server";
  return server.length === 0 ? `Server (lacking for Advanced Server: ${advanced.join(", ")})` : `none (lacking: ${server.join(", ")})`;
}

function section({ name, rows }: Suite, states: ReadonlyMap<Row, State>, columns: readonly string[]): string[] {
  const header = [...columns, "state", "how it was seen", "modules"];
  return ["", `## ${name}`, "", tableLine(header), tableLine(header.map(() => "---")), ...rows.map((row) => tableLine(cells(row, states.get(row)!)))];
}

function cells(row: Row, state: State): string[] {
  const [series, number] = row.specification.split(/[ -]/);
  const address = series === "RFC" ? `https://www.rfc-editor.org/rfc/rfc${number}` : `https://xmpp.org/extensions/xep-${number}.html`;
  const specified = [row.feature, `[${row.specification}](${address}) ${row.title}`, ...(row.levels ?? [])];
  if (!isServerRow(row)) return [...specified, state, `the server's part: ${row.client}`, ""];
  if (state !== "yes") return [...specified, state, row.missing!.why, ""];
  return [...specified, state, row.seen, row.by.map((name) => `\`${name}\``).join(", ")];
}

function tableLine(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`.replaceAll("  ", " ");
}
