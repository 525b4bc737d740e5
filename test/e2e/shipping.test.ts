// A stack's logs at a syslog server and at a collector of OpenTelemetry's, turned on, changed and turned off under people who are online.
import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually } from "../image/docker.ts";
import { SyslogReceiver } from "../setup/log-receivers.ts";
import { Session } from "./client.ts";
import { People, domain } from "./people.ts";
import { ShippedLines } from "./shipped-lines.ts";
import { type Identity, TestStack } from "./stack.ts";
import { fetchFrom } from "./web.ts";

const stack = new TestStack("shipping", 49, { logs: { format: "json" } });
const people = new People(stack);
const lines = await ShippedLines.at(stack.gateway);
let alice: Session;
let services: readonly Identity[];

const identities = () => Promise.all([stack.container, stack.front].map((name) => stack.identity(name)));
const set = async (ship?: object) => {
  stack.settings = { ...stack.settings, logs: { format: "json", ...(ship ? { ship } : {}) } };
  await stack.up();
};

/** A login and a request of this very moment, until the lines of both are there. */
async function seen(name: string, receiver?: SyslogReceiver): Promise<void> {
  const session = await Session.open(people.login(name));
  await fetchFrom(`https://${domain}:${stack.ports.https}/of-${name}`);
  await lines.ofPerson(name, receiver);
  await session.entity.stop();
}

beforeAll(async () => {
  await lines.start();
  await stack.up();
  await people.create("alice", "bob", "carol", "dave");
  alice = await people.online("alice");
  services = await identities();
});

afterAll(async () => {
  await Session.closeAll();
  await stack.remove();
  await lines.stop();
});

test("turned on, the lines of a login and of a request are at both; no service was restarted, and nobody was cut off", async () => {
  await set(lines.settings());
  await seen("bob");
  expect(lines.problems()).toEqual([]);
  const resources = lines.otlp.records.map(({ attributes }) => attributes);
  expect(resources).toContainEqual({ "service.name": "prosody", "service.namespace": stack.namespace });
  expect(lines.syslog.messages).toContainEqual(expect.objectContaining({ host: domain, app: "nginx", data: `[stack@32473 stack="${stack.namespace}" workload="nginx"]` }));
  expect(await identities()).toEqual(services);
  expect(alice.disconnected).toBe(false);
});

test("nothing is shipped that is not on the output, and no password", async () => {
  const output = new Set((await Promise.all([stack.container, stack.front].map((name) => stack.logs(name)))).join("\n").split("\n"));
  const shipped = [...lines.syslog.messages.map(({ message }) => message), ...lines.otlp.records.map(({ body }) => body)];
  expect(shipped.length).toBeGreaterThan(5);
  expect(shipped.filter((line) => !output.has(line))).toEqual([]);
  expect(shipped.filter((line) => line.includes(people.password))).toEqual([]);
});

test("another server is taken without a restart of anything, the collector included", async () => {
  const collector = `${stack.namespace}-logs`;
  const before = await stack.identity(collector);
  const other = await new SyslogReceiver(lines.identity).start();
  await set(lines.settings(other));
  await seen("carol", other);
  expect(await stack.identity(collector)).toEqual(before);
  expect(await identities()).toEqual(services);
  expect(lines.syslog.messages.filter(({ message }) => message.includes("Authenticated as carol@"))).toEqual([]);
  await other.stop();
});

test("turned off, the collector is gone and nothing goes anywhere; whoever was online still is", async () => {
  await set();
  expect(await stack.containers()).not.toContain(`${stack.namespace}-logs`);
  const before = lines.count();
  const dave = await Session.open(people.login("dave"));
  await eventually("the line is on the output", async () => (await stack.logs()).includes("Authenticated as dave@"));
  expect(lines.count()).toEqual(before);
  expect(await identities()).toEqual(services);
  expect(alice.disconnected).toBe(false);
  await dave.entity.stop();
});
