// Rules for log shipping.
import { authorityProblems } from "./certificates.ts";
import type { Problem } from "./problems.ts";
import type { Settings } from "./schema.ts";
import { shipsLogs } from "./shipping.ts";

const leastBuffer = 4 * 2 ** 20;

/** Bytes on the volume besides both buffers. */
const spare = 32 * 2 ** 20;

type Ship = Settings["logs"]["ship"];

/** What cannot work of the settings for log shipping. */
export function shippingProblems({ logs, storage }: Pick<Settings, "logs" | "storage">): Problem[] {
  const { ship, format } = logs;
  const most = Math.floor((storage.logs - spare) / 2);
  return [
    ...(shipsLogs({ logs }) && format !== "json" ? [{ key: "logs.format", text: "found text beside logs.ship, which sends lines of JSON only; set it to json" }] : []),
    ...(ship.buffer < leastBuffer ? [{ key: "logs.ship.buffer", text: `found ${ship.buffer} bytes, expected at least 4MiB` }] : []),
    ...(ship.buffer > most ? [{ key: "logs.ship.buffer", text: `found ${ship.buffer} bytes, expected at most ${most}: storage.logs holds it twice, and 32MiB; lower it, or raise that` }] : []),
    ...syslogProblems(ship.syslog),
    ...otlpProblems(ship.otlp),
    ...Object.entries({ syslog: ship.syslog, otlp: ship.otlp }).flatMap(([name, { ca }]) => authorityProblems(`logs.ship.${name}.ca`, ca)),
  ];
}

function syslogProblems({ host, port, tls, ca }: Ship["syslog"]): Problem[] {
  const alone = Object.entries({ port, ca }).filter(([, value]) => host === undefined && value !== undefined).map(([name]) => ({ key: `logs.ship.syslog.${name}`, text: "found it without logs.ship.syslog.host, which says where the server is; set that, or remove this" }));
  return [...alone, ...(ca !== undefined && !tls ? [{ key: "logs.ship.syslog.ca", text: "found it with logs.ship.syslog.tls false, which shows no certificate; set that to true, or remove this" }] : [])];
}

function otlpProblems({ endpoint, headers, ca }: Ship["otlp"]): Problem[] {
  const given = [...(Object.keys(headers).length > 0 ? ["headers"] : []), ...(ca === undefined ? [] : ["ca"])];
  const problem = (name: string): Problem[] => {
    const key = `logs.ship.otlp.${name}`;
    if (endpoint === undefined) return [{ key, text: "found it without logs.ship.otlp.endpoint, which says where the collector is; set that, or remove this" }];
    return endpoint.startsWith("http:") ? [{ key, text: `found it with an endpoint of plain HTTP, ${name === "ca" ? "which shows no certificate" : "where others can read it"}; use https, or remove this` }] : [];
  };
  return [
    ...given.flatMap(problem),
    ...Object.keys(headers)
      .filter((name) => !/^[A-Za-z0-9-]+$/.test(name) || /^content-(type|length)$/i.test(name))
      .map((name) => ({ key: `logs.ship.otlp.headers.${name}`, text: "found a name that is none for such a header, expected letters, digits and hyphens, and not one of the content's own" })),
  ];
}
