// Which dashboards a stack gets, with which panels: those about what it has.
import { type Source, sourcesOf } from "../sources.ts";
import type { Settings } from "../../../settings/schema.ts";
import { scoped } from "../scoped.ts";
import type { Board, Panel } from "./board.ts";
import { compliance } from "./compliance.ts";
import { postgresql } from "./postgresql.ts";
import { security } from "./security.ts";
import { serverOverview } from "./server-overview.ts";
import { turn } from "./turn.ts";
import { userActivity } from "./user-activity.ts";

/** A row of which no panel is left is none, nor is such a dashboard. */
export function boardsOf(settings: Settings): Board[] {
  const sources = sourcesOf(settings);
  return [serverOverview, userActivity, security, compliance, postgresql, turn(settings)]
    .map((board) => withSources(board, sources))
    .filter(({ rows }) => rows.length > 0)
    .map((board) => scopedTo(settings.namespace, board));
}

/** Of several stacks that one Prometheus may watch. */
function scopedTo(stack: string, board: Board): Board {
  const panelOf = (panel: Panel): Panel => ({ ...panel, queries: panel.queries.map((query) => ({ ...query, expr: scoped(query.expr, stack) })) });
  return { ...board, rows: board.rows.map((row) => ({ ...row, panels: row.panels.map(panelOf) })) };
}

function withSources(board: Board, sources: ReadonlySet<Source>): Board {
  const rows = board.rows.map((row) => ({ ...row, panels: row.panels.filter(({ source = row.source }) => sources.has(row.source) && sources.has(source)) }));
  return { ...board, rows: rows.filter(({ panels }) => panels.length > 0) };
}
