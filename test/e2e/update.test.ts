// Updates that need a restart, and those that need none: the preview says so before, and it is what happens.
import { type Element, xml } from "@xmpp/client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { logIn } from "../../ops/xmpp-client.ts";
import { Session } from "./client.ts";
import { dockerOutput } from "../image/docker.ts";
import { TestStack } from "./stack.ts";

const domain = "one.test";
const stack = new TestStack("update", 4);
const login = () => ({ service: stack.service(), domain, username: "admin", password: stack.outputs.adminPassword });

beforeAll(() => stack.up());

afterAll(async () => {
  await Session.closeAll();
  await stack.remove();
});

/** What the domain says that it can do (XEP-0030). */
async function features(): Promise<(string | undefined)[]> {
  const session = await Session.open(login());
  const info: Element = await session.request("get", xml("query", { xmlns: "http://jabber.org/protocol/disco#info" }), domain);
  await session.close();
  return info.getChild("query")!.getChildren("feature").map(({ attrs }) => attrs.var);
}

test("a second up restarts no long-running container", async () => {
  const before = await stack.identity();
  expect(await stack.preview()).toBe("no changes");
  await stack.up();
  expect(await stack.identity()).toEqual(before);
});

test("a module more: the preview says that sessions end, and the container is replaced", async () => {
  const before = await stack.identity();
  expect(await features()).not.toContain("urn:xmpp:sic:0");
  stack.settings = { ...stack.settings, modules: { add: { [domain]: ["ipcheck"] } } };
  expect(await stack.preview()).toMatch(new RegExp(`^~ container ${stack.container}: .*\\(its sessions end\\)$`, "m"));
  expect(await stack.identity()).toEqual(before); // a preview only looks
  await stack.up();
  expect((await stack.identity()).id).not.toBe(before.id);
  expect(await features()).toContain("urn:xmpp:sic:0");
  expect(await stack.preview()).toBe("no changes");
});

test("a module less: back to what it was", async () => {
  stack.settings = { ...stack.settings, modules: {} };
  expect(await stack.preview()).toContain("its sessions end");
  await stack.up();
  expect(await features()).not.toContain("urn:xmpp:sic:0");
});

test("down and up again: the data, the passwords and the authority are the same", async () => {
  await stack.createAccount(`alice@${domain}`, "password of alice");
  const { outputs } = stack;
  expect(await stack.succeed("down")).toContain("its data is kept");
  expect(await stack.containers()).toEqual([]);
  await stack.up();
  expect(stack.outputs).toEqual(outputs);
  await logIn(login());
  await logIn({ ...login(), username: "alice", password: "password of alice" });
});

test("another subnet: the preview says that sessions end, and everything is there afterwards", async () => {
  const { outputs } = stack;
  const front = "172.30.52.0/24"; // of slot 16, which no stack has
  const network = `${stack.namespace}-front`;
  const subnet = async () => (await dockerOutput(["network", "inspect", "--format", "{{range .IPAM.Config}}{{.Subnet}}{{end}}", network])).trim();
  const session = await Session.open({ ...login(), username: "alice", password: "password of alice" });
  await session.send(xml("message", { to: `admin@${domain}`, type: "chat" }, xml("body", {}, "Before the move")));
  expect(await session.ping()).toBe(true);
  stack.settings = { ...stack.settings, network: { ...(stack.settings.network as object), front } };
  expect(await stack.preview()).toMatch(new RegExp(`^~ network ${network}: .*sessions end\\)$`, "m"));
  expect(await subnet()).not.toBe(front); // a preview only looks
  expect(await session.ping()).toBe(true);
  await stack.up();
  expect(await subnet()).toBe(front);
  expect(stack.outputs).toEqual(outputs);
  await logIn(login());
  const back = await Session.open({ ...login(), username: "alice", password: "password of alice" });
  expect(await back.archived("Before the move")).toHaveLength(1);
  expect(await stack.preview()).toBe("no changes");
});

test("a stack goes without a trace, and its data only when that is confirmed", async () => {
  const { exitCode, output } = await stack.run("down", "--data");
  expect(exitCode).toBe(1);
  expect(output).toMatch(/^error: --data removes all accounts, messages and keys of stack .*; add --yes to confirm$/m);
  await logIn(login());
  await stack.succeed("down", "--data", "--yes");
  expect(await stack.leftovers()).toEqual([]);
});
