// The probes on a live service: what they find out of it, what they do not take for it, and alerts on their way to people.
import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { xml } from "@xmpp/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { dockerOutput, eventually } from "../image/docker.ts";
import { namesBelow, pair } from "../setup/certificates.ts";
import { filesBelow } from "../setup/files.ts";
import { Session } from "./client.ts";
import { ProbesContainer } from "./probes-container.ts";
import { TestStack } from "./stack.ts";
import { turnSettings } from "./turn/turn-settings.ts";

const failures = 3;
const stack = new TestStack("probes", 13, { monitoring: "own", probes: { interval: "10s" }, logins: { failuresPerAccount: failures } });
stack.settings = { ...stack.settings, turn: { ...turnSettings(stack), externalAddress: "203.0.113.7" } };
const probes = new ProbesContainer(stack);
const behindNginx = ["bosh", "c2s_alpn", "http", "https", "s2s_alpn", "upload", "websocket"];
const all = [...behindNginx, "c2s_direct_tls", "c2s_starttls", "canary", "s2s_direct_tls", "s2s_starttls", "turn", "turn_tls"].toSorted();

/** The probes have found exactly these wrong, and every other one right. A file is brought in every fifth round only. */
const fail = (expected: readonly string[]) =>
  eventually(`failing: ${expected.join(", ") || "nothing"}`, async () => {
    const { succeeded, failed } = await probes.outcome();
    return failed.join() === expected.toSorted().join() && succeeded.length === all.length - expected.length;
  }, 120);
const group = (...alerts: object[]) => JSON.stringify({ version: "4", status: "firing", receiver: "chat", groupLabels: {}, alerts });
const alert = { status: "firing", labels: { alertname: "DiskFilling" }, annotations: { summary: "The disk fills", description: "full in 4 h", runbook_url: "https://docs.example.org/DiskFilling" } };

beforeAll(async () => {
  await stack.up();
});

afterAll(async () => {
  await Session.closeAll();
  await stack.remove();
});

describe("on a service that works", () => {
  test("each of them succeeds, and says how long it took", async () => {
    await fail([]);
    const { succeeded } = await probes.outcome();
    const series = await probes.series();
    expect(succeeded).toEqual(all);
    for (const probe of all) {
      expect(series.get(`stack_probe_duration_seconds_count{probe="${probe}"}`), probe).toBeGreaterThan(0);
      expect(series.get(`stack_probe_duration_seconds_bucket{le="+Inf",probe="${probe}"}`) ?? series.get(`stack_probe_duration_seconds_bucket{probe="${probe}",le="+Inf"}`), probe).toBeGreaterThan(0);
    }
  });

  test("a message comes back from the archive, and clocks agree", async () => {
    const series = await probes.series();
    expect(series.get("stack_canary_delivery_seconds_count")).toBeGreaterThan(0);
    expect(series.get('stack_canary_messages_total{result="ok"}')).toBeGreaterThan(0);
    expect(series.get('stack_canary_logins_total{result="ok"}')).toBeGreaterThan(0);
    expect(series.get("stack_clock_skew_seconds")).toBe(0);
  });

  test("the end of each certificate is that of the one which was delivered", async () => {
    const file = filesBelow(stack.renderedDirectory).find((path) => path.includes("-nginx-") && path.endsWith("certs/one.test.crt"))!;
    const ends = Date.parse(new X509Certificate(readFileSync(join(stack.renderedDirectory, file))).validTo) / 1000;
    const series = await probes.series();
    for (const service of all.filter((name) => !["canary", "http", "turn"].includes(name))) {
      expect(series.get(`stack_certificate_served_expiry_timestamp_seconds{domain="one.test",service="${service}"}`), service).toBe(ends);
    }
  });

  test("they take no more memory than they may", async () => expect(await probes.memory()).toBeLessThan(45 * 1024));

  test("no label has a JID or an address", async () => {
    const labels = [...(await probes.series()).keys()].join("\n");
    expect(labels).not.toMatch(/@|\d+\.\d+\.\d+\.\d+/);
  });

  test("Prosody has nothing to warn of", async () => {
    expect((await stack.logs()).split("\n").filter((line) => /\t?(warn|error)\s/.test(line))).toEqual([]);
  });
});

describe("alerts", () => {
  let admin: Session;
  beforeAll(async () => {
    admin = await Session.open({ service: stack.service(), domain: "one.test", username: "admin", password: stack.outputs.adminPassword, resource: "desk" });
    await admin.send(xml("presence"));
  });

  test("reach the administrators as a chat message, one for a group", async () => {
    expect(await probes.post(group(alert, { ...alert, status: "resolved", annotations: {} }))).toEqual({ status: 200, text: "sent\n" });
    const message = await admin.message("[firing] The disk fills - full in 4 h - https://docs.example.org/DiskFilling\n[resolved] DiskFilling");
    expect(message.attrs).toMatchObject({ type: "chat", from: expect.stringMatching(/^stack-canary@one\.test\//) as string });
  });

  test("many of them with links get through the rules against spam", async () => {
    for (let number = 1; number <= 12; number += 1) {
      expect(await probes.post(group({ ...alert, labels: {}, annotations: { summary: `number ${number}`, runbook_url: "https://docs.example.org" } }))).toMatchObject({ status: 200 });
      await admin.message(`[firing] number ${number} - https://docs.example.org`);
    }
    expect((await probes.series()).get('stack_alerts_sent_total{result="failed"}')).toBe(0);
  });

  test("are in one line each, without what XML cannot have", async () => {
    await probes.post(group({ ...alert, annotations: { summary: "two\nlines\u0000 </body>" } }));
    await admin.message("[firing] two lines </body>");
  });

  test.each([
    ["no JSON", "{", "found no JSON, expected what Alertmanager posts"],
    ["another version", JSON.stringify({ version: "3", alerts: [alert] }), 'found no "version": "4", expected what Alertmanager posts'],
    ["no alerts", group(), 'found no "alerts", expected a list with at least one'],
    ["an alert without a status", group({ labels: {} }), 'found an alert whose "status" is neither firing nor resolved'],
    ["labels that are none", group({ ...alert, labels: { alertname: 1 } }), 'found "labels" or "annotations" that are no objects of texts'],
  ])("that are none are refused with one line: %s", async (_what, body, line) => {
    expect(await probes.post(body)).toEqual({ status: 400, text: `${line}\n` });
  });
});

describe("what is not as it should be", () => {
  test("without Nginx what is behind it fails, and nothing else", async () => {
    await dockerOutput(["stop", stack.front]);
    await fail(behindNginx);
    await dockerOutput(["start", stack.front]);
    await fail([]);
  });

  test("another certificate is taken for another service", async () => {
    const other = await pair(namesBelow("one.test"));
    const own = await probes.change("certs/one.test.crt", other.certificate);
    await fail(all.filter((name) => !["http", "turn"].includes(name)));
    await probes.change("certs/one.test.crt", own);
    await fail([]);
    for (const name of ["c2s_starttls", "turn_tls", "https", "canary"]) expect(await probes.logs()).toContain(`\n${name}: the certificate is not the right one: `);
  });

  test("a wrong password is not tried so often that logins are delayed, and the right one works at once", async () => {
    const own = await probes.change("secrets/canary", "wrong");
    await eventually("it is not tried any more", async () => (await probes.logs()).includes(`canary: stack-canary@one.test was not let in ${failures - 1} times`), 60);
    await probes.change("secrets/canary", own);
    await fail([]);
    expect(await stack.logs()).not.toMatch(/Login of \S+ from \S+ (delayed|refused)/);
  });

  test("while Prosody is away Alertmanager is told to try again", async () => {
    // The stack's Alertmanager has things to tell as well.
    const failed = async () => (await probes.series()).get('stack_alerts_sent_total{result="failed"}') ?? 0;
    await dockerOutput(["stop", stack.container]);
    const before = await failed();
    expect((await probes.post(group(alert))).status).toBe(503);
    expect(await failed()).toBeGreaterThan(before);
    await dockerOutput(["start", stack.container]);
    await eventually("it is sent", async () => (await probes.post(group(alert))).status === 200);
  });
});
