// Stacks for tests of monitoring.
import { settingsFrom } from "../settings/parsed.ts";

/** One that between its services has every source. */
export const everything = settingsFrom({ database: "postgresql", turn: { enabled: true, externalAddress: "203.0.113.7" }, backup: { schedule: "0 2 * * *" }, monitoring: "own", logs: { format: "json", ship: { syslog: { host: "logs.example.org" } } } });

/** One that has hardly any. */
export const little = settingsFrom({ publish: { https: 0 }, federation: { mode: "off" }, backup: { enabled: false } });
