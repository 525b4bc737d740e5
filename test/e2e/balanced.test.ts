// A load balancer before a stack on Docker, as publish.proxyProtocol has it.
import { afterAll, beforeAll, expect, test } from "vitest";
import { dockerOutput } from "../image/docker.ts";
import { text } from "../image/front.ts";
import { testWaysThroughBalancer } from "./balanced-ways.ts";
import { TestStack } from "./stack.ts";
import { fetchFrom } from "./web.ts";

const stack = new TestStack("balanced", 48);
const { gateway } = stack;
let said: string;

beforeAll(async () => {
  stack.settings = { ...stack.settings, publish: { ...stack.ports, proxyProtocol: [gateway] } };
  said = await stack.up();
});

afterAll(async () => {
  fronts.close();
  await stack.remove();
});

const fronts = testWaysThroughBalancer(stack, "127.0.0.1");

test("up says that it did not log in, and Prosody publishes no port of its usual ones", async () => {
  expect(said).toContain("login: not tried, for this machine is not the load balancer of publish.proxyProtocol");
  expect(await dockerOutput(["port", stack.container])).toMatch(/^25222\/tcp -> /m);
  expect(await dockerOutput(["port", stack.container])).not.toMatch(/^52\d\d\/tcp/m);
});

test("whoever is not the balancer is not believed", async () => {
  stack.settings = { ...stack.settings, publish: { ...stack.ports, proxyProtocol: ["203.0.113.1"] } };
  await stack.up();
  await expect(fetchFrom(`https://one.test:${await fronts.passOn(stack.ports.https, text("TCP4", "203.0.113.77"))}/robots.txt`)).resolves.toMatchObject({ status: 404 });
  expect(await stack.logs(stack.front)).toMatch(new RegExp(`^${gateway.replaceAll(".", "\\.")} .*"GET /robots.txt`, "m"));
  await expect(fetchFrom(`https://one.test:${await fronts.passOn(stack.ports.c2sDirectTls, text("TCP4", "203.0.113.77"))}/`)).rejects.toThrow();
  expect(await stack.logs()).toContain(`Connection from ${gateway} not taken: not from stack_balanced_networks`);
});
