// Logs of a whole stack as programs read them: every line of every service is JSON with the same first fields, and says nothing that it must not.
import { xml } from "@xmpp/client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Session } from "./client.ts";
import { People, domain } from "./people.ts";
import { TestStack } from "./stack.ts";
import { fetchFrom } from "./web.ts";

const stack = new TestStack("logs", 43, { database: "postgresql", logs: { format: "json", level: "debug" } });
const people = new People(stack);
const secret = "nobody else's business";

beforeAll(async () => {
  await stack.up();
  await people.create("alice");
});

afterAll(async () => {
  await Session.closeAll();
  await stack.remove();
});

test("every line is JSON with time, level, service and message; none has a password or a message", async () => {
  const alice = await Session.open(people.login("alice"));
  await alice.send(xml("message", { to: alice.jid, type: "chat" }, xml("body", {}, secret)));
  await alice.message(secret);
  await fetchFrom(`https://${domain}:${stack.ports.https}/?query=${encodeURIComponent(secret)}`);
  expect((await fetchFrom(`https://${domain}:${stack.ports.https}/metrics`)).status).toBe(200);
  for (const service of ["prosody", "nginx", "postgres"]) {
    const log = await stack.logs(`${stack.namespace}-${service}`);
    for (const text of [secret, encodeURIComponent(secret), people.password, stack.outputs.adminPassword]) expect(log, service).not.toContain(text);
    const entries = log.split("\n").filter(Boolean).map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(entries.length, service).toBeGreaterThan(3);
    for (const entry of entries) {
      expect(Object.keys(entry).slice(0, 3), JSON.stringify(entry)).toEqual(["time", "level", "service"]);
      expect(entry).toMatchObject({
        service,
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string,
        level: expect.stringMatching(/^(debug|info|warn|error)$/) as string,
        message: expect.any(String) as string,
      });
    }
  }
});

test("a request is a line with its address, host and status", async () => {
  const entries = (await stack.logs(stack.front)).split("\n").filter(Boolean).map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(entries).toContainEqual(expect.objectContaining({ message: "GET /metrics HTTP/1.1", host: domain, status: "200", address: expect.any(String) as string, bytes: expect.any(Number) as number, seconds: expect.any(Number) as number }) as object);
});
