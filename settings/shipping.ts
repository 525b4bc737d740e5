// The settings of log shipping: where lines of the log go besides the containers' output.
import { z } from "zod";
import { group, size, text, wholeNumber, yesOrNo } from "./fields.ts";
import type { Settings } from "./schema.ts";

const hostText = 'a host name or an IP address such as "logs.example.org"';
const endpointText = 'an address such as "https://collector.example.org/v1/logs"';
const headerText = "a value of printable ASCII characters, without a backtick";
const ca = text("the PEM text of a CA's certificate, or a path to it").optional();

export const shipSettings = group({
  syslog: group({
    host: text(hostText).regex(/^[A-Za-z0-9.:-]{1,253}$/, { error: hostText }).optional().describe("Where it is; without it no line goes there."),
    port: wholeNumber(1, 65535).optional().describe("Its port; default 6514, without TLS 601."),
    tls: yesOrNo.describe("Whether it is spoken to by TLS (RFC 5425), or by plain TCP (RFC 6587)."),
    ca: ca.describe("The CA of its certificate, as PEM or a path; by default the public authorities are trusted."),
  }).describe("A syslog server (RFC 5424)."),
  otlp: group({
    endpoint: text(endpointText).regex(/^https?:\/\/[\w.-]+(:\d{1,5})?(\/[\w.~%?&=+/-]*)?$/, { error: endpointText }).optional().describe("Its full address, by HTTPS or HTTP; without it no line goes there."),
    headers: z.record(z.string(), text(headerText).regex(/^[ -_a-~]+$/, { error: headerText }), { error: "an object of header names and values" }).describe("Headers of each request, such as one that lets the stack in (set them with --secret)."),
    ca: ca.describe("The CA of its certificate, as PEM or a path; by default the public authorities are trusted."),
  }).describe("A collector of OpenTelemetry's: logs by OTLP/HTTP as JSON."),
  buffer: size.describe("How many bytes of lines are kept for each of the two while it is away."),
});

/** Whether lines go anywhere. */
export function shipsLogs({ logs: { ship } }: Pick<Settings, "logs">): boolean {
  return ship.syslog.host !== undefined || ship.otlp.endpoint !== undefined;
}

/** The port of the syslog server: IANA's for its transport, if nothing is said. */
export function syslogPort({ port, tls }: Pick<Settings["logs"]["ship"]["syslog"], "port" | "tls">): number {
  return port ?? (tls ? 6514 : 601);
}
