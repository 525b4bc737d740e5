// Settings of log shipping that cannot work, and how a secret among them is kept from what is said about it.
import { expect, test } from "vitest";
import { pair } from "../../setup/certificates.ts";
import { domains, linesOf } from "./parsed.ts";

const lines = (ship: object, logs: object = {}) => linesOf({ domains, logs: { ship, ...logs } });
const endpoint = "https://collector.example.org/v1/logs";
const host = "logs.example.org";
const { certificate } = await pair([host]);

test.each<[string, object, string[]]>([
  ["nothing", {}, []],
  ["a syslog server", { syslog: { host } }, []],
  ["a collector, with a header", { otlp: { endpoint, headers: { "X-Scope-OrgID": "one" } } }, []],
  ["both, by plain TCP and HTTP", { syslog: { host: "2001:db8::1", tls: false, port: 514 }, otlp: { endpoint: "http://192.0.2.1:4318/v1/logs" } }, []],
  ["what belongs to a server that nobody named", { syslog: { port: 6514, ca: "x" }, otlp: { headers: { A: "b" }, ca: "x" } }, [
    "logs.ship.otlp.ca: found it without logs.ship.otlp.endpoint, which says where the collector is; set that, or remove this",
    "logs.ship.otlp.ca: found no PEM text and no path of a file that exists, expected one of both",
    "logs.ship.otlp.headers: found it without logs.ship.otlp.endpoint, which says where the collector is; set that, or remove this",
    "logs.ship.syslog.ca: found it without logs.ship.syslog.host, which says where the server is; set that, or remove this",
    "logs.ship.syslog.ca: found no PEM text and no path of a file that exists, expected one of both",
    "logs.ship.syslog.port: found it without logs.ship.syslog.host, which says where the server is; set that, or remove this",
  ]],
  ["a CA where no certificate is shown", { syslog: { host, tls: false, ca: certificate }, otlp: { endpoint: "http://c.example/", ca: certificate } }, [
    "logs.ship.otlp.ca: found it with an endpoint of plain HTTP, which shows no certificate; use https, or remove this",
    "logs.ship.syslog.ca: found it with logs.ship.syslog.tls false, which shows no certificate; set that to true, or remove this",
  ]],
  ["a secret that others can read", { otlp: { endpoint: "http://c.example/", headers: { Authorization: "Bearer x" } } }, ["logs.ship.otlp.headers: found it with an endpoint of plain HTTP, where others can read it; use https, or remove this"]],
  ["names that are none for headers", { otlp: { endpoint, headers: { "a b": "c", "Content-Type": "text/plain" } } }, ["Content-Type", "a b"].map((name) => `logs.ship.otlp.headers.${name}: found a name that is none for such a header, expected letters, digits and hyphens, and not one of the content's own`)],
  ["a buffer that holds nothing", { buffer: "1MiB" }, ["logs.ship.buffer: found 1048576 bytes, expected at least 4MiB"]],
  ["a buffer that the volume does not hold", { buffer: "1GiB" }, ["logs.ship.buffer: found 1073741824 bytes, expected at most 520093696: storage.logs holds it twice, and 32MiB; lower it, or raise that"]],
  ["an address that is none", { syslog: { host: "logs example" }, otlp: { endpoint: "collector.example:4318" } }, [
    'logs.ship.otlp.endpoint: found "collector.example:4318", expected an address such as "https://collector.example.org/v1/logs"',
    'logs.ship.syslog.host: found "logs example", expected a host name or an IP address such as "logs.example.org"',
  ]],
  ["a header that is a secret, and no text", { otlp: { endpoint, headers: { Authorization: "two\nlines" } } }, ["logs.ship.otlp.headers.Authorization: found a value (not shown), expected a value of printable ASCII characters, without a backtick"]],
])("%s", (_, ship, expected) => {
  expect(lines(ship)).toEqual(expected.map((line) => `prosody-stack:${line}`));
});

test("lines of text are not shipped", () => {
  expect(lines({ syslog: { host } }, { format: "text" })).toEqual(["prosody-stack:logs.format: found text beside logs.ship, which sends lines of JSON only; set it to json"]);
  expect(linesOf({ domains, environment: "development", logs: { ship: { syslog: { host } } } })).toEqual(["prosody-stack:logs.format: found text beside logs.ship, which sends lines of JSON only; set it to json"]);
  expect(lines({}, { format: "text" })).toEqual([]);
});
