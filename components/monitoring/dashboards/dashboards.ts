// Dashboards for whoever has a Grafana: what boards.ts has, in the format that Grafana 12 and 13 import.
//
// Import this file only where dashboards are written (`await import`): the SDK is not for the start of the program.
import { createHash } from "node:crypto";
import { BigValueGraphMode, GraphThresholdsStyleConfigBuilder, GraphThresholdsStyleMode, LegendDisplayMode, LegendPlacement, ReduceDataOptionsBuilder, TooltipDisplayMode, VizLegendOptionsBuilder, VizTooltipOptionsBuilder } from "@grafana/grafana-foundation-sdk/common";
import * as grafana from "@grafana/grafana-foundation-sdk/dashboard";
import { DataqueryBuilder } from "@grafana/grafana-foundation-sdk/prometheus";
import { PanelBuilder as StatBuilder } from "@grafana/grafana-foundation-sdk/stat";
import { PanelBuilder as LinesBuilder } from "@grafana/grafana-foundation-sdk/timeseries";
import type { Settings } from "../../../settings/schema.ts";
import type { Board, Limit, Panel } from "./board.ts";
import { boardsOf } from "./boards.ts";

export interface RenderedDashboard {
  /** Name of a file, without `.json`. */
  readonly name: string;
  /** For Grafana's import. */
  readonly json: string;
}

/** By which the dashboards of a stack find each other. */
const tag = "prosody-stack";

/** Which of Grafana's sources of data is asked: chosen on the page, for every Grafana has its own. */
const datasource = { type: "prometheus", uid: "${datasource}" };

/**
 * The dashboards of a stack, about what it has.
 *
 * @example dashboards(settings).map(({ name }) => name) // ["server-overview", "user-activity", "security", …]
 * @see https://grafana.github.io/grafana-foundation-sdk/
 */
export function dashboards(settings: Settings): RenderedDashboard[] {
  return boardsOf(settings).map((board) => ({ name: board.name, json: `${JSON.stringify(dashboard(board, settings), null, 2)}\n` }));
}

function dashboard(board: Board, { namespace, prometheus }: Settings): grafana.Dashboard {
  const builder = new grafana.DashboardBuilder(`${board.title} (${namespace})`)
    .uid(uid(namespace, board.name))
    .description(board.description)
    .tags([tag, namespace])
    .timezone("browser")
    .time({ from: "now-6h", to: "now" })
    .refresh("1m")
    .readonly()
    .tooltip(grafana.DashboardCursorSync.Crosshair)
    .link(new grafana.DashboardLinkBuilder("Dashboards of the stack").type(grafana.DashboardLinkType.Dashboards).tags([tag, namespace]).includeVars(true).keepTime(true))
    .withVariable(new grafana.DatasourceVariableBuilder("datasource").label("Source of data").type("prometheus"))
    .withVariable(domains(namespace));
  let id = 0;
  for (const row of board.rows) {
    builder.withRow(new grafana.RowBuilder(row.title).id((id += 1)));
    for (const panel of row.panels) builder.withPanel(panelOf(panel, (id += 1), prometheus.interval));
  }
  return builder.build();
}

/** The same for a stack whenever it is rendered, in the 40 characters that Grafana takes; namespaces may have as many. */
function uid(namespace: string, name: string): string {
  return `${createHash("sha256").update(namespace).digest("hex").slice(0, 12)}-${name}`;
}

/** What `$domain` in a query is: a regular expression of those that are chosen. */
function domains(stack: string): grafana.QueryVariableBuilder {
  return new grafana.QueryVariableBuilder("domain")
    .label("Domain")
    .datasource(datasource)
    .query(`label_values(prosody_stack_client_sessions{stack="${stack}"}, host)`)
    .refresh(grafana.VariableRefresh.OnTimeRangeChanged)
    .sort(grafana.VariableSort.AlphabeticalAsc)
    .multi(true)
    .includeAll(true)
    .allValue(".*")
    .current({ selected: true, text: "All", value: "$__all" });
}

function panelOf(panel: Panel, id: number, interval: number): StatBuilder | LinesBuilder {
  const { kind, title, description, unit, queries, limits = [] } = panel;
  const builder = kind === "stat"
    ? new StatBuilder().height(4).span(panel.width ?? 4).graphMode(BigValueGraphMode.None).reduceOptions(new ReduceDataOptionsBuilder().calcs(["lastNotNull"]))
    : new LinesBuilder().height(8).span(panel.width ?? 12).min(0).fillOpacity(10)
        .thresholdsStyle(new GraphThresholdsStyleConfigBuilder().mode(limits.length > 0 ? GraphThresholdsStyleMode.Dashed : GraphThresholdsStyleMode.Off))
        .legend(new VizLegendOptionsBuilder().displayMode(LegendDisplayMode.List).placement(LegendPlacement.Bottom).showLegend(true))
        .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi));
  // Grafana makes four of these of what a rate is taken over, at least.
  builder.id(id).title(title).description(description).unit(unit).datasource(datasource).thresholds(thresholds(limits)).interval(`${interval}s`);
  for (const [index, { expr, legend }] of queries.entries()) {
    builder.withTarget(new DataqueryBuilder().refId(String.fromCharCode(65 + index)).datasource(datasource).expr(expr).legendFormat(legend).range());
  }
  return builder;
}

/** From the lowest value on, which JSON has as null. */
function thresholds(limits: readonly Limit[]): grafana.ThresholdsConfigBuilder {
  const steps = limits.map(({ from, colour }) => ({ value: Number.isFinite(from) ? from : null, color: colour }));
  const base = steps.some(({ value }) => value === null) ? [] : [{ value: null, color: "green" }];
  return new grafana.ThresholdsConfigBuilder().mode(grafana.ThresholdsMode.Absolute).steps([...base, ...steps]);
}
