// Dashboards as Grafana gets them.
import type * as grafana from "@grafana/grafana-foundation-sdk/dashboard";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { dashboards } from "../../../components/monitoring/dashboards/dashboards.ts";
import { pathsBelow } from "../../setup/files.ts";
import { selectorsOf, withoutVariables } from "../../setup/promql.ts";
import { settingsFrom } from "../settings/parsed.ts";
import { everything, little } from "./stacks.ts";
import { typeProblems } from "./typed.ts";

type Read = Omit<grafana.Dashboard, "panels"> & { panels: (grafana.Panel & { targets?: { expr: string; legendFormat: string }[]; fieldConfig: { defaults: { unit?: string; thresholds?: { steps: { value: number | null }[] } } } })[] };

const read = dashboards(everything).map(({ name, json }): [string, Read] => [name, JSON.parse(json) as Read]);
const panelsOf = ({ panels }: Read) => panels.filter(({ type }) => type !== "row");

it("there are four for every stack, and two of what it may have", () => {
  expect(read.map(([name]) => name)).toEqual(["server-overview", "user-activity", "security", "compliance", "postgresql", "turn"]);
  expect(dashboards(little).map(({ name }) => name)).toEqual(["server-overview", "user-activity", "security", "compliance"]);
});

it("nothing is asked for that a stack does not have", () => {
  const text = dashboards(little).map(({ json }) => json).join("");
  expect(text).not.toMatch(/\b(pg|redis|nginx|stack_backup|stack_drill)_/);
  expect(text).not.toContain("server_queued");
});

describe.each(read)("%s", (name, board) => {
  it("has ids of its own", () => {
    const ids = board.panels.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).not.toContain(undefined);
    expect(read.filter(([, other]) => other.uid === board.uid)).toHaveLength(1);
    expect(board.uid).toMatch(/^[\w-]{1,40}$/);
  });

  it("has panels that say what they show, in which unit, with names for their series", () => {
    for (const { title, description, fieldConfig, targets = [] } of panelsOf(board)) {
      expect([title, description]).toEqual([title, expect.stringMatching(/^.{15,}\.$/)]);
      expect([title, fieldConfig.defaults.unit]).toEqual([title, expect.stringMatching(/\w/)]);
      expect([title, fieldConfig.defaults.thresholds!.steps[0]!.value]).toEqual([title, null]);
      expect([title, targets.length]).not.toEqual([title, 0]);
      for (const { legendFormat } of targets) expect([title, legendFormat]).toEqual([title, expect.stringMatching(/\w/)]);
    }
  });

  it("has no row without a panel, and no two panels in one place", () => {
    for (const [index, { type }] of board.panels.entries()) if (type === "row") expect(board.panels[index + 1]?.type).toMatch(/^(?!row)/);
    const places = board.panels.map(({ gridPos }) => `${gridPos!.x} ${gridPos!.y}`);
    expect(new Set(places).size).toBe(places.length);
    for (const { gridPos } of board.panels) expect(gridPos!.x + gridPos!.w).toBeLessThanOrEqual(24);
  });

  it("leads to the others of its stack, and keeps the domain and the time", () => {
    expect(board.links).toEqual([expect.objectContaining({ type: "dashboards", tags: ["prosody-stack", everything.namespace], includeVars: true, keepTime: true })]);
    expect(board.tags).toEqual(board.links![0]!.tags);
  });

  it("asks for its own stack's figures, of several that may be in one Prometheus", () => {
    const selectors = panelsOf(board).flatMap(({ targets = [] }) => (targets as readonly { expr: string }[]).flatMap(({ expr }) => selectorsOf(withoutVariables(expr))));
    expect(selectors.filter(({ labels }) => !labels.includes("stack"))).toEqual([]);
  });

  it("lets one choose the source of data and the domains", () => {
    expect(board.templating.list!.map(({ name: variable, query }) => [variable, query])).toEqual([["datasource", "prometheus"], ["domain", `label_values(prosody_stack_client_sessions{stack="${everything.namespace}"}, host)`]]);
    expect(name === "postgresql" || name === "turn" || JSON.stringify(board.panels).includes("$domain")).toBe(true);
  });
});

it("they are what Grafana's own types say", () => {
  expect(typeProblems(dashboards(everything))).toEqual([]);
  const [first] = dashboards(everything);
  expect(typeProblems([{ name: "broken", json: first!.json.replace('"graphTooltip": 1', '"graphTooltip": "crosshair"') }])).toEqual([expect.stringContaining("graphTooltip")]);
}, 120_000);

it("several stacks fit into one Grafana", () => {
  const [one, other] = ["a-namespace-that-is-as-long-as-may-be-1", "a-namespace-that-is-as-long-as-may-be-2"].map((namespace) => dashboards(settingsFrom({ namespace })).map(({ json }) => (JSON.parse(json) as Read).uid!));
  expect(one!.filter((uid) => other!.includes(uid))).toEqual([]);
  for (const uid of other!) expect(uid.length).toBeLessThanOrEqual(40);
});

it("the SDK is loaded only where dashboards are written", () => {
  const importing = (what: RegExp) => ["components", "ops", "platform", "render", "scales", "settings"].flatMap(pathsBelow).filter((path) => path.endsWith(".ts") && what.test(readFileSync(path, "utf8")));
  const writes = "components/monitoring/dashboards/dashboards.ts";
  expect(importing(/grafana-foundation-sdk/).filter((path) => path !== writes)).toEqual([]);
  expect(importing(/^import (?!type).*dashboards\/dashboards\.ts/m)).toEqual([]);
  expect(importing(/await import\(".*dashboards\/dashboards\.ts"\)/)).toEqual(["components/grafana/grafana-files.ts", "ops/render.ts"]);
});
