// Whether the service is well, on one page.
import { type Board, highIsBad, lowIsBad, units } from "./board.ts";

export const serverOverview: Board = {
  name: "server-overview",
  title: "Server Overview",
  description: "Whether the service is well: what is there, how quick it is, and what the machine has left.",
  rows: [
    {
      title: "Now",
      source: "prosody",
      panels: [
        { title: "Alerts", description: "Alerts that are firing. docs/runbooks has a page for each.", unit: units.count, kind: "stat", source: "targets", limits: highIsBad(1, 1), queries: [{ expr: `count(ALERTS{alertstate="firing"}) or vector(0)`, legend: "firing" }] },
        { title: "Not reached", description: "Services and exporters that Prometheus gets no figures of.", unit: units.count, kind: "stat", source: "targets", limits: highIsBad(1, 1), queries: [{ expr: "count(up == 0) or vector(0)", legend: "down" }] },
        { title: "Sessions", description: "Clients that are connected by now.", unit: units.count, kind: "stat", queries: [{ expr: `sum(prosody_stack_client_sessions{host=~"$domain", state="connected"})`, legend: "connected" }] },
        { title: "Lag", description: "How late one of twenty things is that are due; more than half a second is slow for everybody.", unit: units.seconds, kind: "stat", limits: highIsBad(0.1, 0.5), queries: [{ expr: "histogram_quantile(0.95, sum by (le) (rate(prosody_stack_event_loop_lag_seconds_bucket[$__rate_interval])))", legend: "95 %" }] },
        { title: "Up for", description: "Since Prosody was started; everybody was cut off then.", unit: units.seconds, kind: "stat", queries: [{ expr: "time() - prosody_stack_start_time_seconds", legend: "since the start" }] },
        { title: "Database away", description: "Whether Prosody has lost its database: nobody can log in then.", unit: units.yesNo, kind: "stat", limits: highIsBad(1, 1), queries: [{ expr: "max(prosody_stack_database_away)", legend: "away" }] },
      ],
    },
    {
      title: "From outside",
      source: "probes",
      panels: [
        { title: "Ways in", description: "What a client finds that comes through the front door: 1 works, 0 does not.", unit: units.yesNo, kind: "lines", limits: lowIsBad(1, 1), queries: [{ expr: "stack_probe_success", legend: "{{probe}}" }] },
        { title: "Delivery", description: "From sending a message to reading it in the archive, once a minute: half of them, and the slowest of twenty.", unit: units.seconds, kind: "lines", limits: highIsBad(1, 5), queries: [0.5, 0.95].map((share) => ({ expr: `histogram_quantile(${share}, sum by (le) (increase(stack_canary_delivery_seconds_bucket[15m])))`, legend: `${share * 100} %` })) },
      ],
    },
    {
      title: "Messages",
      source: "prosody",
      panels: [
        { title: "From clients and servers", description: "Stanzas that came in, by kind.", unit: units.perSecond, kind: "lines", queries: [{ expr: `sum by (peer, kind) (rate(prosody_stack_stanzas_total{host=~"(.+[.])?$domain", direction="in"}[$__rate_interval]))`, legend: "{{peer}} {{kind}}" }] },
        { title: "To clients and servers", description: "Stanzas that went out, by kind. A presence goes to everybody who has its sender as a contact.", unit: units.perSecond, kind: "lines", queries: [{ expr: `sum by (peer, kind) (rate(prosody_stack_stanzas_total{host=~"(.+[.])?$domain", direction="out"}[$__rate_interval]))`, legend: "{{peer}} {{kind}}" }] },
        { title: "Not acknowledged", description: "Sent to clients that have yet to say that they have them. Grows where many are on bad networks.", unit: units.count, kind: "lines", limits: highIsBad(500, 1000), queries: [{ expr: `sum by (host) (prosody_stack_unacknowledged_stanzas{host=~"(.+[.])?$domain"})`, legend: "{{host}}" }] },
        { title: "Waiting for other servers", description: "Stanzas that wait for a connection with another server.", unit: units.count, kind: "lines", source: "federation", limits: highIsBad(50, 200), queries: [{ expr: `sum by (host) (prosody_stack_server_queued_stanzas{host=~"(.+[.])?$domain"})`, legend: "{{host}}" }] },
      ],
    },
    {
      title: "Prosody",
      source: "prosody",
      panels: [
        { title: "Memory", description: "Of the process and of Lua's objects in it, and what the container may have. A steady rise is a leak.", unit: units.bytes, kind: "lines", queries: [{ expr: "prosody_stack_resident_memory_bytes", legend: "process" }, { expr: "prosody_stack_lua_memory_bytes", legend: "Lua" }, { expr: "stack:prosody_memory_limit_bytes", legend: "limit" }] },
        { title: "Processor", description: "Share of one processor; Prosody never has more than one.", unit: units.ratio, kind: "lines", limits: highIsBad(0.7, 0.9), queries: [{ expr: "rate(prosody_stack_cpu_seconds_total[$__rate_interval])", legend: "Prosody" }] },
        { title: "Lag", description: "How late what is due is done: half of it, and one of twenty.", unit: units.seconds, kind: "lines", limits: highIsBad(0.1, 0.5), queries: [0.5, 0.95].map((share) => ({ expr: `histogram_quantile(${share}, sum by (le) (rate(prosody_stack_event_loop_lag_seconds_bucket[$__rate_interval])))`, legend: `${share * 100} %` })) },
        { title: "Open files", description: "Files and connections, of those that it may have open.", unit: units.ratio, kind: "lines", limits: highIsBad(0.6, 0.8), queries: [{ expr: "prosody_stack_open_files / prosody_stack_open_files_limit", legend: "open" }] },
      ],
    },
    {
      title: "Nginx",
      source: "nginx",
      panels: [
        { title: "Connections", description: "Open connections with the front.", unit: units.count, kind: "lines", queries: [{ expr: "nginx_connections_active", legend: "open" }, { expr: "nginx_connections_waiting", legend: "idle" }] },
        { title: "Requests", description: "Requests of the web client, of uploads and of BOSH.", unit: units.perSecond, kind: "lines", queries: [{ expr: "rate(nginx_http_requests_total[$__rate_interval])", legend: "requests" }] },
      ],
    },
    {
      title: "Logs",
      source: "logs",
      panels: [
        { title: "Shipped", description: "Lines of the log that got to where they are shipped.", unit: units.perSecond, kind: "lines", queries: [{ expr: `rate(stack_log_lines_total{result="delivered"}[$__rate_interval])`, legend: "{{to}}" }] },
        { title: "Waiting", description: "Lines that have not got there yet, of what the buffer on the disk can take.", unit: units.ratio, kind: "lines", limits: highIsBad(0.5, 0.9), queries: [{ expr: "stack_log_buffer_bytes / stack_log_buffer_limit_bytes", legend: "{{to}}" }] },
        { title: "Given up", description: "Lines that the buffer had no room for, or that were refused where they are shipped.", unit: units.perSecond, kind: "lines", limits: highIsBad(0.1, 1), queries: [{ expr: `rate(stack_log_lines_total{result="dropped"}[$__rate_interval])`, legend: "{{to}}" }] },
      ],
    },
    {
      title: "Containers",
      source: "node",
      panels: [
        { title: "Memory, of what they may have", description: "What each has of its limit, without what the kernel keeps of files. Above it the kernel ends it.", unit: units.ratio, kind: "lines", limits: highIsBad(0.8, 0.9), queries: [{ expr: "stack_container_memory_bytes / stack_container_memory_limit_bytes", legend: "{{workload}}" }] },
        { title: "Memory of each", description: "Without what the kernel keeps of files. A steady rise is a leak.", unit: units.bytes, kind: "lines", queries: [{ expr: "stack_container_memory_bytes", legend: "{{workload}}" }] },
        { title: "Processor of each", description: "Share of one processor.", unit: units.ratio, kind: "lines", queries: [{ expr: "rate(stack_container_cpu_seconds_total[$__rate_interval])", legend: "{{workload}}" }] },
        { title: "Held back", description: "Share of the time for which each was held back, having used what it may have of processors.", unit: units.ratio, kind: "lines", limits: highIsBad(0.1, 0.5), queries: [{ expr: "rate(stack_container_cpu_throttled_seconds_total[$__rate_interval])", legend: "{{workload}}" }] },
        { title: "Network of each", description: "What each receives and sends, over all its networks.", unit: units.bytesPerSecond, kind: "lines", queries: [{ expr: "rate(stack_container_network_receive_bytes_total[$__rate_interval])", legend: "{{workload}} receives" }, { expr: "rate(stack_container_network_transmit_bytes_total[$__rate_interval])", legend: "{{workload}} sends" }] },
        { title: "Starts", description: "How often each was started again in the hour before: by itself, or because something of it was changed.", unit: units.count, kind: "lines", limits: highIsBad(1, 3), queries: [{ expr: "changes(stack_container_start_time_seconds[1h])", legend: "{{workload}}" }] },
      ],
    },
    {
      title: "Machines",
      source: "node",
      panels: [
        { title: "Processors", description: "Share of all of them that is busy.", unit: units.ratio, kind: "lines", limits: highIsBad(0.8, 0.95), queries: [{ expr: `1 - avg by (instance) (rate(node_cpu_seconds_total{mode="idle"}[$__rate_interval]))`, legend: "{{instance}}" }] },
        { title: "Memory left", description: "What programs could have without swapping.", unit: units.ratio, kind: "lines", limits: lowIsBad(0.05, 0.15), queries: [{ expr: "node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes", legend: "{{instance}}" }] },
        { title: "Disk left", description: "Of each file system that can fill.", unit: units.ratio, kind: "lines", limits: lowIsBad(0.05, 0.2), queries: [{ expr: `node_filesystem_avail_bytes{fstype!~"tmpfs|ramfs|squashfs|iso9660|overlay"} / node_filesystem_size_bytes`, legend: "{{instance}} {{mountpoint}}" }] },
        { title: "Waiting for the disk", description: "Share of the time in which something waited for the disk.", unit: units.ratio, kind: "lines", limits: highIsBad(0.2, 0.5), queries: [{ expr: "rate(node_pressure_io_waiting_seconds_total[$__rate_interval])", legend: "{{instance}}" }] },
        { title: "Network", description: "What the machine's network cards receive and send.", unit: units.bytesPerSecond, kind: "lines", queries: [{ expr: "rate(node_network_receive_bytes_total[$__rate_interval])", legend: "{{instance}} {{device}} receives" }, { expr: "rate(node_network_transmit_bytes_total[$__rate_interval])", legend: "{{instance}} {{device}} sends" }] },
        { title: "Network: lost", description: "Packets that the machine's network cards got wrong, or had no room for.", unit: units.perSecond, kind: "lines", limits: highIsBad(1, 10), queries: ["receive", "transmit"].flatMap((way) => [{ expr: `rate(node_network_${way}_errs_total[$__rate_interval])`, legend: `{{instance}} {{device}} ${way} errors` }, { expr: `rate(node_network_${way}_drop_total[$__rate_interval])`, legend: `{{instance}} {{device}} ${way} dropped` }]) },
      ],
    },
  ],
};
