// docs/ports.md names every port there is, with its number, and no other.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { backupMetrics } from "../../components/backup/backup-files.ts";
import { pgbackrest } from "../../components/backup/pgbackrest-files.ts";
import { collectorMetricsPort, collectorPort } from "../../components/logs/collector-files.ts";
import { exporterPorts, grafana, programs } from "../../components/monitoring/programs.ts";
import { probesPort } from "../../components/probes/probes.ts";
import { ownDatabase } from "../../components/postgres/database.ts";
import { everywhere } from "../../settings/defaults.ts";
import { containerPorts, frontPorts } from "../../settings/ports.ts";
import { turnTcpPorts } from "../../settings/turn.ts";
import { servers } from "./nginx/front.ts";
import { own, valuesOf } from "./nginx/nginx-configuration.ts";

/** Rows of a table below a heading, the first unless it is said, cell by cell, without code marks. */
function rowsBelow(heading: string, table = 0): string[][] {
  const section = readFileSync("docs/ports.md", "utf8").split(/^## /m).find((text) => text.startsWith(`${heading}\n`))!;
  const tables = section.split("\n\n").filter((part) => part.startsWith("| "));
  const rows = tables[table]!.split("\n").filter((line) => line.startsWith("| ")).slice(2);
  return rows.map((row) => row.split("|").slice(1, -1).map((cell) => cell.trim().replaceAll("`", "")));
}

test("what is published: its setting, its default and its port in the container", () => {
  const inContainer: Record<Exclude<keyof typeof everywhere.publish, "addresses" | "proxyProtocol">, string> = {
    c2s: `Prosody ${containerPorts.c2s}`,
    c2sDirectTls: `Prosody ${containerPorts.c2s_direct_tls}`,
    s2s: `Prosody ${containerPorts.s2s}`,
    s2sDirectTls: `Prosody ${containerPorts.s2s_direct_tls}`,
    https: `Nginx ${frontPorts.https}`,
    http: `Nginx ${frontPorts.http}`,
    proxy65: `Prosody ${everywhere.publish.proxy65}`,
  };
  const expected = Object.entries(inContainer).map(([name, port]) => [`publish.${name}`, String(everywhere.publish[name as keyof typeof inContainer]), port]);
  expect(rowsBelow("Published").map((row) => row.slice(0, 3)).filter(([setting]) => setting !== "")).toEqual(expected);
});

test("those of calls, by UDP and TCP, and as many relays as the scales have", () => {
  const { port, tlsPort, relay } = everywhere.turn;
  const relays = `${relay.start} to ${relay.start + relay.count - 1}`;
  expect(rowsBelow("Published", 1).map((row) => row.slice(0, 3))).toEqual([
    ["turn.port", String(port), `Coturn ${port} by UDP, ${turnTcpPorts.port} by TCP`], ["turn.tlsPort", String(tlsPort), `Coturn ${tlsPort} by UDP, ${turnTcpPorts.tlsPort} by TCP`], ["turn.relay", relays, "Coturn, the same, UDP"],
  ]);
});

test("what is not: every other port and socket that services listen on", () => {
  const prosody = [containerPorts.http, containerPorts.c2s_proxied, containerPorts.s2s_proxied].map(String);
  const adminSocket = /admin_socket = "(.*)"/.exec(readFileSync("config-templates/prosody/prosody.cfg.lua", "utf8"))![1]!;
  const redis = [...readFileSync("config-templates/redis/redis.conf", "utf8").matchAll(/^(?:port|unixsocket) (.*)$/gm)].map(([, value]) => value!);
  const listening = (["http", "stream"] as const).flatMap((part) => servers({ monitoring: "own" }, part)).flatMap((server) => valuesOf(own(server, "listen")));
  const nginx = listening.map((value) => value.split(" ")[0]!.replace(/^unix:|^127\.0\.0\.1:/g, "")).filter((port) => !Object.values(frontPorts).map(String).includes(port));
  const postgres = [ownDatabase.port, pgbackrest.port].map(String);
  const monitoring = [...Object.values(programs).map(({ port }) => port), ...Object.values(exporterPorts), backupMetrics.port, probesPort, grafana.port, collectorPort, collectorMetricsPort].map(String);
  const told = rowsBelow("Within the stack").flatMap(([ports]) => ports!.split(", "));
  expect(told.toSorted()).toEqual([...new Set([...prosody, ...nginx, ...postgres, adminSocket, ...redis, ...monitoring])].toSorted());
});
