// Who uses the service, as numbers.
import { type Board, units } from "./board.ts";

export const userActivity: Board = {
  name: "user-activity",
  title: "User Activity",
  description: "How many people use the service, and how. No figure names anybody.",
  rows: [
    {
      title: "People",
      source: "prosody",
      panels: [
        { title: "Accounts", description: "Accounts that there are.", unit: units.count, kind: "stat", queries: [{ expr: `sum(prosody_stack_registered_accounts{host=~"$domain"})`, legend: "accounts" }] },
        { title: "Connected", description: "Accounts with a session, also one that has lost its connection and may be resumed.", unit: units.count, kind: "stat", queries: [{ expr: `sum(prosody_stack_connected_accounts{host=~"$domain"})`, legend: "accounts" }] },
        { title: "Available", description: "Accounts that are available, by their presence.", unit: units.count, kind: "stat", queries: [{ expr: `sum(prosody_stack_online_accounts{host=~"$domain"})`, legend: "accounts" }] },
        { title: "Rooms", description: "Rooms, those that nobody is in too.", unit: units.count, kind: "stat", queries: [{ expr: `sum(prosody_stack_rooms{host=~"(.+[.])?$domain"})`, legend: "rooms" }] },
        { title: "Uploads", description: "Files that people have sent and that are kept.", unit: units.bytes, kind: "stat", queries: [{ expr: `sum(prosody_mod_http_file_share__total_storage_bytes{host=~"(.+[.])?$domain"})`, legend: "kept" }] },
        { title: "New accounts", description: "Accounts that people have made in the time shown.", unit: units.count, kind: "stat", queries: [{ expr: `sum(increase(prosody_stack_registrations_total{host=~"$domain"}[$__range]))`, legend: "made" }] },
      ],
    },
    {
      title: "Sessions",
      source: "prosody",
      panels: [
        { title: "Connected, by the way", description: "By TCP, by WebSocket and by BOSH. A fall of one to nothing is a fault of that way in.", unit: units.count, kind: "lines", queries: [{ expr: `sum by (way) (prosody_stack_client_sessions{host=~"$domain", state="connected"})`, legend: "{{way}}" }] },
        { title: "To be resumed", description: "Sessions that have lost their connection, and that their client may take up again.", unit: units.count, kind: "lines", queries: [{ expr: `sum by (host) (prosody_stack_client_sessions{host=~"$domain", state="resumable"})`, legend: "{{host}}" }] },
        { title: "Connected and available", description: "Accounts by domain. Those that are connected only are mostly phones in a pocket.", unit: units.count, kind: "lines", queries: [{ expr: `sum by (host) (prosody_stack_connected_accounts{host=~"$domain"})`, legend: "{{host}} connected" }, { expr: `sum by (host) (prosody_stack_online_accounts{host=~"$domain"})`, legend: "{{host}} available" }] },
        { title: "In the foreground", description: "Sessions of clients that say whether they are looked at (XEP-0352).", unit: units.count, kind: "lines", queries: [{ expr: `sum by (csi_state) (prosody_mod_csi__state_sessions{host=~"$domain"})`, legend: "{{csi_state}}" }] },
      ],
    },
    {
      title: "What they do",
      source: "prosody",
      panels: [
        { title: "Messages", description: "That clients here send, and that other servers send here.", unit: units.perMinute, kind: "lines", queries: [{ expr: `60 * sum by (peer) (rate(prosody_stack_stanzas_total{host=~"(.+[.])?$domain", kind="message", direction="in"}[$__rate_interval]))`, legend: "from {{peer}}s" }] },
        { title: "Files", description: "What is uploaded.", unit: units.bytesPerSecond, kind: "lines", queries: [{ expr: `sum by (host) (rate(prosody_mod_http_file_share__upload_bytes_sum{host=~"(.+[.])?$domain"}[$__rate_interval]))`, legend: "{{host}}" }] },
        { title: "Rooms in memory", description: "Rooms with somebody in them, or that were looked at lately.", unit: units.count, kind: "lines", queries: [{ expr: `sum by (host) (prosody_mod_muc__live_room{host=~"(.+[.])?$domain"})`, legend: "{{host}}" }] },
        { title: "Accounts that come and go", description: "Made, deleted, and invitations, in the hour before.", unit: units.count, kind: "lines", queries: [{ expr: `sum(increase(prosody_stack_registrations_total{host=~"$domain"}[1h]))`, legend: "made" }, { expr: `sum(increase(prosody_stack_account_deletions_total{host=~"$domain"}[1h]))`, legend: "deleted" }, { expr: `sum by (action) (increase(prosody_stack_invites_total{host=~"$domain"}[1h]))`, legend: "invitations {{action}}" }] },
      ],
    },
  ],
};
