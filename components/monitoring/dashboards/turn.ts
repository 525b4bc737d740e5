// Calls: the TURN server, as far as Redis and the probes know.
import { type Board, type BoardSettings, highIsBad, lowIsBad, units } from "./board.ts";

const relays = `sum(redis_keys_count{db="db0"})`;

/** The settings say how many relays there may be. */
export function turn({ turn: { relay } }: BoardSettings): Board {
  return {
    name: "turn",
    title: "TURN",
    description: "Calls that go through the server: relays, whether it answers from outside, and Redis, which it keeps its state in.",
    rows: [
      {
        title: "Now",
        source: "redis",
        panels: [
          { title: "Relays", description: `By now, of ${relay.count} that there may be. A call takes two where both sides need one.`, unit: units.count, kind: "stat", limits: highIsBad(relay.count * 0.7, relay.count * 0.9), queries: [{ expr: relays, legend: "relays" }] },
          { title: "Redis answers", description: "While it does not, no new calls begin.", unit: units.yesNo, kind: "stat", limits: lowIsBad(1, 1), queries: [{ expr: "redis_up", legend: "up" }] },
          { title: "Memory of Redis", description: "It holds secrets and a few entries for each relay.", unit: units.bytes, kind: "stat", queries: [{ expr: "redis_memory_used_bytes", legend: "used" }] },
          { title: "Clients of Redis", description: "Coturn, Prosody's secrets and the exporter.", unit: units.count, kind: "stat", queries: [{ expr: "redis_connected_clients", legend: "connected" }] },
          { title: "Redis up for", description: "Since it was started; relays of before are not counted then.", unit: units.seconds, kind: "stat", queries: [{ expr: "redis_uptime_in_seconds", legend: "since the start" }] },
          { title: "Works from outside", description: "Whether a probe gets a relay, by UDP and by TLS.", unit: units.yesNo, kind: "stat", source: "probes", limits: lowIsBad(1, 1), queries: [{ expr: `stack_probe_success{probe=~"turn|turn_tls"}`, legend: "{{probe}}" }] },
        ],
      },
      {
        title: "Over time",
        source: "redis",
        panels: [
          { title: "Relays", description: `Ports in use, of ${relay.count}.`, unit: units.count, kind: "lines", limits: highIsBad(relay.count * 0.7, relay.count * 0.9), queries: [{ expr: relays, legend: "relays" }] },
          { title: "Commands", description: "What Redis is asked; it rises with calls that begin.", unit: units.perSecond, kind: "lines", queries: [{ expr: "rate(redis_commands_processed_total[$__rate_interval])", legend: "commands" }] },
          { title: "Memory", description: "What Redis has, and its limit where it has one of its own.", unit: units.bytes, kind: "lines", queries: [{ expr: "redis_memory_used_bytes", legend: "used" }, { expr: "redis_memory_max_bytes", legend: "limit" }] },
          { title: "Refused connections and keys thrown away", description: "Both stay at nothing.", unit: units.count, kind: "lines", limits: highIsBad(1, 1), queries: [{ expr: "increase(redis_rejected_connections_total[1h])", legend: "refused" }, { expr: "increase(redis_evicted_keys_total[1h])", legend: "thrown away" }] },
        ],
      },
    ],
  };
}
