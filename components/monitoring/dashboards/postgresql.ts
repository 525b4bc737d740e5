// The stack's own database server.
import { type Board, highIsBad, lowIsBad, units } from "./board.ts";

export const postgresql: Board = {
  name: "postgresql",
  title: "PostgreSQL",
  description: "The stack's own database server: connections, transactions, sizes, the log and its archive.",
  rows: [
    {
      title: "Now",
      source: "postgres",
      panels: [
        { title: "Answers", description: "Whether the exporter gets in.", unit: units.yesNo, kind: "stat", limits: lowIsBad(1, 1), queries: [{ expr: "pg_up", legend: "up" }] },
        { title: "Connections", description: "Of those that it lets in. Prosody has one.", unit: units.ratio, kind: "stat", limits: highIsBad(0.6, 0.8), queries: [{ expr: "sum(pg_stat_database_numbackends) / max(pg_settings_max_connections)", legend: "taken" }] },
        { title: "Size", description: "Of Prosody's database.", unit: units.bytes, kind: "stat", queries: [{ expr: `sum(pg_database_size_bytes{datname!~"template.*|postgres"})`, legend: "size" }] },
        { title: "From memory", description: "Share of what is read that was in memory. Less than 95 % for long: it has too little.", unit: units.ratio, kind: "stat", limits: lowIsBad(0.8, 0.95), queries: [{ expr: `sum(pg_stat_database_blks_hit{datname!~"template.*"}) / sum(pg_stat_database_blks_hit{datname!~"template.*"} + pg_stat_database_blks_read{datname!~"template.*"})`, legend: "hits" }] },
        { title: "Deadlocks", description: "In the time shown. Prosody alone makes none.", unit: units.count, kind: "stat", limits: highIsBad(1, 10), queries: [{ expr: "sum(increase(pg_stat_database_deadlocks[$__range]))", legend: "deadlocks" }] },
        { title: "Log on the disk", description: "The write-ahead log. It grows while it cannot be archived.", unit: units.bytes, kind: "stat", queries: [{ expr: "pg_wal_size_bytes", legend: "log" }] },
      ],
    },
    {
      title: "Work",
      source: "postgres",
      panels: [
        { title: "Transactions", description: "That were kept, and that were undone.", unit: units.perSecond, kind: "lines", queries: [{ expr: `sum(rate(pg_stat_database_xact_commit{datname!~"template.*"}[$__rate_interval]))`, legend: "kept" }, { expr: `sum(rate(pg_stat_database_xact_rollback{datname!~"template.*"}[$__rate_interval]))`, legend: "undone" }] },
        { title: "Rows", description: "Written, changed, deleted and read.", unit: units.perSecond, kind: "lines", queries: ["inserted", "updated", "deleted", "fetched"].map((what) => ({ expr: `sum(rate(pg_stat_database_tup_${what}{datname!~"template.*"}[$__rate_interval]))`, legend: what })) },
        { title: "Connections by state", description: "Those that are idle in a transaction for long may keep deleted rows on the disk; Prosody's own is always one of them, and keeps none.", unit: units.count, kind: "lines", queries: [{ expr: `sum by (state) (pg_stat_activity_count{datname!~"template.*"})`, legend: "{{state}}" }] },
        { title: "Longest transaction", description: "How long the oldest transaction has been open, by state; Prosody's own connection is left out.", unit: units.seconds, kind: "lines", limits: highIsBad(300, 900), queries: [{ expr: `max by (state) (pg_stat_activity_max_tx_duration{datname!~"template.*", application_name!="prosody"}) or vector(0)`, legend: "{{state}}" }] },
      ],
    },
    {
      title: "Size",
      source: "postgres",
      panels: [
        { title: "Databases", description: "Size of each; Prosody's has accounts and messages.", unit: units.bytes, kind: "lines", queries: [{ expr: `pg_database_size_bytes{datname!~"template.*"}`, legend: "{{datname}}" }] },
        { title: "Largest tables", description: "Ten of them. `prosodyarchive` has the messages.", unit: units.bytes, kind: "lines", queries: [{ expr: "topk(10, pg_stat_user_tables_size_bytes)", legend: "{{relname}}" }] },
        { title: "Deleted rows on the disk", description: "That autovacuum has yet to clear away, by table.", unit: units.count, kind: "lines", queries: [{ expr: "topk(10, pg_stat_user_tables_n_dead_tup)", legend: "{{relname}}" }] },
        { title: "Files for sorting", description: "What did not fit into memory while something was sorted.", unit: units.bytesPerSecond, kind: "lines", queries: [{ expr: `sum(rate(pg_stat_database_temp_bytes{datname!~"template.*"}[$__rate_interval]))`, legend: "written" }] },
      ],
    },
    {
      title: "Log",
      source: "postgres",
      panels: [
        { title: "Archived", description: "Parts of the log that were handed over to the backups, and attempts that failed.", unit: units.count, kind: "lines", queries: [{ expr: "increase(pg_stat_archiver_archived_count[1h])", legend: "archived" }, { expr: "increase(pg_stat_archiver_failed_count[1h])", legend: "failed" }] },
        { title: "Checkpoints", description: "By time, and because the log was full. Many of the latter: it has too little room.", unit: units.count, kind: "lines", queries: [{ expr: "increase(pg_stat_checkpointer_num_timed_total[1h])", legend: "by time" }, { expr: "increase(pg_stat_checkpointer_num_requested_total[1h])", legend: "asked for" }] },
      ],
    },
  ],
};
