// A stack's logs at a syslog server and at a collector of OpenTelemetry's, turned on, changed and turned off under people who are online.
import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually } from "../image/docker.ts";
import { authority } from "../setup/certificates.ts";
import { OtlpReceiver, SyslogReceiver, otlpEndpoint } from "../setup/log-receivers.ts";
import { Session } from "./client.ts";
import { People, domain } from "./people.ts";
import { type Identity, TestStack } from "./stack.ts";
import { fetchFrom } from "./web.ts";

const stack = new TestStack("shipping", 49, { logs: { format: "json" } });
const people = new People(stack);
const machine = stack.gateway;
const root = await authority();
const identity = await root.issue([machine]);
const syslog = new SyslogReceiver(identity);
const otlp = new OtlpReceiver(identity);
let alice: Session;
let services: readonly Identity[];

const identities = () => Promise.all([stack.container, stack.front].map((name) => stack.identity(name)));
const sentOverTls = (port: number) => ({ syslog: { host: machine, port, ca: root.certificate }, otlp: { endpoint: otlpEndpoint(machine, otlp), ca: root.certificate } });
const set = async (ship?: object) => {
  stack.settings = { ...stack.settings, logs: { format: "json", ...(ship ? { ship } : {}) } };
  await stack.up();
};
interface Line { readonly service: string; readonly message: string }
const atSyslog = (receiver = syslog) => receiver.messages.map(({ message }) => JSON.parse(message) as Line);
const atOtlp = () => otlp.records.map(({ body }) => JSON.parse(body) as Line);
const has = (lines: readonly Line[], service: string, message: RegExp) => lines.some((line) => line.service === service && message.test(line.message));

/** A login and a request of this very moment, until the lines of both are there. */
async function seen(name: string, arrived: (login: RegExp, request: RegExp) => boolean): Promise<void> {
  const session = await Session.open(people.login(name));
  await fetchFrom(`https://${domain}:${stack.ports.https}/of-${name}`);
  await eventually(`the lines of ${name}`, () => Promise.resolve(arrived(new RegExp(`Authenticated as ${name}@`), new RegExp(`GET /of-${name} `))));
  await session.entity.stop();
}

beforeAll(async () => {
  await Promise.all([syslog.start(), otlp.start()]);
  await stack.up();
  await people.create("alice", "bob", "carol", "dave");
  alice = await people.online("alice");
  services = await identities();
});

afterAll(async () => {
  await Session.closeAll();
  await stack.remove();
  await Promise.all([syslog.stop(), otlp.stop()]);
});

test("turned on, the lines of a login and of a request are at both; no service was restarted, and nobody was cut off", async () => {
  await set(sentOverTls(syslog.port));
  await seen("bob", (login, request) => [atSyslog(), atOtlp()].every((lines) => has(lines, "prosody", login) && has(lines, "nginx", request)));
  expect([...syslog.problems, ...otlp.problems]).toEqual([]);
  const resources = otlp.records.map(({ attributes }) => attributes);
  expect(resources).toContainEqual({ "service.name": "prosody", "service.namespace": stack.namespace });
  expect(syslog.messages).toContainEqual(expect.objectContaining({ host: domain, app: "nginx", data: `[stack@32473 stack="${stack.namespace}" workload="nginx"]` }));
  expect(await identities()).toEqual(services);
  expect(alice.disconnected).toBe(false);
});

test("nothing is shipped that is not on the output, and no password", async () => {
  const output = new Set((await Promise.all([stack.container, stack.front].map((name) => stack.logs(name)))).join("\n").split("\n"));
  const shipped = [...syslog.messages.map(({ message }) => message), ...otlp.records.map(({ body }) => body)];
  expect(shipped.length).toBeGreaterThan(5);
  expect(shipped.filter((line) => !output.has(line))).toEqual([]);
  expect(shipped.filter((line) => line.includes(people.password))).toEqual([]);
});

test("another server is taken without a restart of anything, the collector included", async () => {
  const collector = `${stack.namespace}-logs`;
  const before = await stack.identity(collector);
  const other = await new SyslogReceiver(identity).start();
  await set(sentOverTls(other.port));
  await seen("carol", (login, request) => [atSyslog(other), atOtlp()].every((lines) => has(lines, "prosody", login) && has(lines, "nginx", request)));
  expect(await stack.identity(collector)).toEqual(before);
  expect(await identities()).toEqual(services);
  expect(has(atSyslog(), "prosody", /Authenticated as carol@/)).toBe(false);
  await other.stop();
});

test("turned off, the collector is gone and nothing goes anywhere; whoever was online still is", async () => {
  await set();
  expect(await stack.containers()).not.toContain(`${stack.namespace}-logs`);
  const [atFirst, atLast] = [syslog.messages.length, otlp.records.length];
  const dave = await Session.open(people.login("dave"));
  await eventually("the line is on the output", async () => (await stack.logs()).includes("Authenticated as dave@"));
  expect([syslog.messages.length, otlp.records.length]).toEqual([atFirst, atLast]);
  expect(await identities()).toEqual(services);
  expect(alice.disconnected).toBe(false);
  await dave.entity.stop();
});
