// Rules and alerts as people meet them: what an alert says, where it leads to, and that nothing is left out.
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { describe, expect, it } from "vitest";
import { limitsOf } from "../../../components/monitoring/limits.ts";
import { type Rule, type RuleGroup, ruleFiles, ruleGroups, sourceOf } from "../../../components/monitoring/rules.ts";
import { sourcesOf } from "../../../components/monitoring/sources.ts";
import { filesBelow } from "../../setup/files.ts";
import { settingsFrom } from "../settings/parsed.ts";
import { everything, little } from "./stacks.ts";

const groups = [...ruleGroups().values()].flat();
const alerts = groups.flatMap((group) => group.rules.filter(({ alert }) => alert !== undefined).map((rule) => ({ ...rule, alert: rule.alert!, group })));
const names = [...new Set(alerts.map(({ alert }) => alert))].toSorted();

function groupsOf(settings: Parameters<typeof ruleFiles>[0]): RuleGroup[] {
  return ruleFiles(settings).flatMap(({ content }) => (parse(content as string) as { groups: RuleGroup[] }).groups);
}

describe("each alert", () => {
  it.each(alerts.map((rule): [string, Rule] => [`${rule.group.name} ${rule.alert}`, rule]))("%s says how bad it is, what is wrong, and what to do", (_, { alert, labels, annotations }) => {
    expect(labels).toEqual({ severity: expect.stringMatching(/^(critical|warning)$/) as string });
    expect(annotations).toEqual({
      summary: expect.stringMatching(/^[A-Z{].{10,119}[^.]$/) as string,
      description: expect.stringMatching(/\$value.*\.$/) as string,
      runbook: `docs/runbooks/${alert}.md`,
    });
  });

  it.each(alerts.map((rule): [string, Rule] => [`${rule.group.name} ${rule.alert}`, rule]))("%s names nothing in its summary that only who has built it knows", (_, { annotations }) => {
    expect(annotations!["summary"]!.replaceAll(/\{\{.*?\}\}/g, "")).not.toMatch(/_|\b(scrape|target|exporter|stanza|s2s|c2s|SLO|burn|quantile|event loop)\b/i);
  });
});

it("runbooks are those of the alerts, no more and no less", () => {
  expect(filesBelow("docs/runbooks")).toEqual(names.map((name) => `${name}.md`));
});

it.each(names)("the runbook of %s says what it means, what users notice, how to look, what to do, and how it clears", (name) => {
  const text = readFileSync(`docs/runbooks/${name}.md`, "utf8");
  const lines = text.split("\n");
  expect(lines[0]).toBe(`# ${name}`);
  expect(lines[2]).toMatch(/\S.*\.$/);
  expect(lines.filter((line) => line.startsWith("## "))).toEqual(["## What users notice", "## Look", "## Do", "## How it clears"]);
  expect(lines.length).toBeLessThanOrEqual(35);
});

it.each(names)("the runbook of %s names settings that there are, and containers", (name) => {
  const text = readFileSync(`docs/runbooks/${name}.md`, "utf8");
  const rows = readFileSync("docs/settings.md", "utf8");
  const settings = [...text.matchAll(/`([a-z][A-Za-z]+(?:\.[a-z][A-Za-z0-9]+)+)(?:`|:)/g)].map(([, key]) => key!);
  expect(settings.filter((key) => ![`| \`${key}\` |`, `| \`${key}.`].some((row) => rows.includes(row)))).toEqual([]);
  const containers = [...text.matchAll(/xmpp-dev-([a-z-]+)/g)].map(([, workload]) => workload!.replace(/-server-deliver$/, "").replace(/-$/, ""));
  expect(containers.filter((workload) => !["", "alertmanager", "backup", "coturn", "exporters", "logs", "nginx", "postgres", "probes", "prometheus", "prosody", "redis"].includes(workload))).toEqual([]);
});

it("docs/alerts.md lists every alert with its severity, and no other", () => {
  const rows = [...readFileSync("docs/alerts.md", "utf8").matchAll(/^\| \[(\w+)\]\(runbooks\/(\w+)\.md\) \| (\w+) \|/gm)].map(([, name, page, severity]) => ({ name, page, severity }));
  const expected = [...new Map(alerts.map(({ alert, labels }) => [alert, { name: alert, page: alert, severity: labels!["severity"] }])).values()];
  const sorted = <T extends { name?: string | undefined }>(list: T[]) => list.toSorted((a, b) => (a.name! < b.name! ? -1 : 1));
  expect(sorted(rows)).toEqual(sorted(expected));
});

describe("a stack gets", () => {
  it("the groups of its sources", () => {
    for (const settings of [everything, little]) {
      const had = groups.filter((group) => sourcesOf(settings).has(sourceOf(group))).map(({ name }) => name);
      expect(groupsOf(settings).map(({ name }) => name).toSorted()).toEqual([...had, ...limitsOf(settings).map(({ name }) => name)].toSorted());
    }
  });

  it("none about what it does not have", () => {
    expect(groupsOf(little).map((group) => sourceOf(group)).filter((source) => ["logs", "postgres", "redis", "turn", "nginx", "backup", "schedule", "federation"].includes(source))).toEqual([]);
  });

  it("backups' age looked at only where they are made by themselves", () => {
    const name = "schedule.age";
    expect(groupsOf(everything).map((group) => group.name)).toContain(name);
    expect(groupsOf(settingsFrom({ backup: { schedule: "" } })).map((group) => group.name)).not.toContain(name);
  });

  it("links to the pages where it is said where they are, and nothing but paths where it is not", () => {
    const notes = (runbooks?: string) => groupsOf(settingsFrom({ monitoring: "own", alerts: { runbooks } })).flatMap(({ rules }) => rules.flatMap(({ annotations }) => (annotations === undefined ? [] : [annotations])));
    expect(notes().flatMap(({ runbook_url }) => runbook_url ?? [])).toEqual([]);
    for (const base of ["https://docs.example.org/xmpp", "https://docs.example.org/xmpp/"]) {
      for (const { runbook, runbook_url } of notes(base)) expect(runbook_url).toBe(`https://docs.example.org/xmpp/${runbook}`);
      expect(notes(base).length).toBe(notes().length);
    }
  });

  it("the memory limit of Prosody as a figure", () => {
    expect(limitsOf(settingsFrom({ resources: { memory: "512MiB" } }))[0]!.rules).toEqual([{ record: "stack:prosody_memory_limit_bytes", expr: `vector(${2 ** 29})`, labels: { stack: expect.any(String) as string } }]);
  });

  it("how long each kind of records is kept, but for what is kept for good, and only where backups look", () => {
    const given = { archive: { messages: "30d", rooms: "never" }, uploads: { keep: "1d" }, logs: { audit: "90d" } };
    const rules = (more: object) => limitsOf(settingsFrom({ ...given, ...more })).filter(({ name }) => name === "backup.limits").flatMap((group) => group.rules);
    expect(rules({}).map(({ expr, labels }) => [labels["kind"], expr])).toEqual([["messages", `vector(${30 * 86_400})`], ["uploads", "vector(86400)"], ["audit", `vector(${90 * 86_400})`]]);
    expect(rules({ backup: { enabled: false } })).toEqual([]);
  });
});

it("every group has a source that some stack can have", () => {
  const known = new Set([...sourcesOf(everything), "probes"]);
  expect(groups.map((group) => sourceOf(group)).filter((source) => !known.has(source))).toEqual([]);
});

it("no two groups have the same name", () => {
  expect(new Set(groups.map(({ name }) => name)).size).toBe(groups.length);
});
