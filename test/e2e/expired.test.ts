// A certificate that nobody renews, to its end and beyond, on a live stack: who is told, and that a new one makes it good.
import { afterAll, beforeAll, expect, test } from "vitest";
import { trust } from "../../ops/xmpp-client.ts";
import { dockerOutput } from "../image/docker.ts";
import { namesBelow, pair, writePair } from "../setup/certificates.ts";
import { happens } from "./fault.ts";
import { hurry } from "./hurried-rules.ts";
import { Prometheus } from "./prometheus.ts";
import { TestStack } from "./stack.ts";

const domain = "one.test";
const stack = new TestStack("expired", 20, { monitoring: "own", alerts: { chat: [] }, prometheus: { interval: "4s" }, probes: { interval: "10s" } });
const prometheus = new Prometheus((command) => dockerOutput(["exec", `${stack.namespace}-prometheus`, ...command]));
const files = { certificate: stack.write("one.crt", ""), key: stack.write("one.key", "") };

/** Puts one in force that is good for so many seconds. */
async function certify(seconds: number): Promise<void> {
  const made = await pair(namesBelow(domain), { to: seconds / 86_400 });
  writePair(made, files);
  await stack.up();
  trust(made.certificate);
}

beforeAll(async () => {
  stack.settings = { ...stack.settings, certificates: { [domain]: files } };
  await certify(60 * 86_400);
  await hurry(stack);
});

afterAll(() => stack.remove());

test("exactly these alerts fire for a certificate that ends, and end with another one", async () => {
  const containers = [stack.container, stack.front, `${stack.namespace}-probes`, `${stack.namespace}-exporters`];
  const before = await Promise.all(containers.map((container) => stack.identity(container)));
  await happens(prometheus, {
    begins: () => certify(75),
    ends: () => certify(60 * 86_400),
    fires: ["CanaryLoginsFailing", "CanaryLoginsFailingSlowly", "CertificateExpiring", "CertificateExpiringSoon", "ProbeFailing", "ServedCertificateExpiring", "ServedCertificateExpiringSoon", "ServiceUnreachable", "UploadsFailing"],
  });
  expect(await Promise.all(containers.map((container) => stack.identity(container)))).toEqual(before);
});
