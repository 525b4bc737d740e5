// Federation through the cluster's way in and out: with a server outside, over TLS with certificates that both check.
import { xml } from "@xmpp/client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { nodeAddress } from "../cluster/cluster.ts";
import { Session } from "../e2e/client.ts";
import { OtherServer } from "../e2e/other-server.ts";
import { ClusterStack } from "./cluster-stack.ts";

const domain = "one.example";
const stack = new ClusterStack("kube-far", 14, { domains: [{ name: domain }] });
const far = await OtherServer.create();

beforeAll(() => far.federateWithNode(stack, domain, nodeAddress), 400_000);
afterAll(async () => {
  await Session.closeAll();
  await far.remove();
  await stack.remove();
});

/** The stack's connections with other servers: direction, hosts, port, TLS, SASL. */
async function connections(): Promise<string[][]> {
  const columns = `{ "dir", { key = "from_host", width = 20 }, { key = "to_host", width = 20 }, "port", "secure", "s2s_sasl" }`;
  const output = await stack.ask("exec", "prosody-0", "--container", "prosody", "--", "prosodyctl", "shell", `s2s:show(nil, ${columns})`);
  return output.split("\n").map((line) => line.split("|").map((cell) => cell.trim())).filter(([direction]) => /^[<-]/.test(direction!));
}

async function closeConnections(): Promise<void> {
  await stack.ask("exec", "prosody-0", "--container", "prosody", "--", "prosodyctl", "shell", "s2s:closeall()");
}

test.each(["the stack", "the other server"])("%s connects, both certificates are checked, and messages arrive both ways", async (who) => {
  const anna = await Session.open({ service: stack.service(), domain, username: "admin", password: stack.outputs.adminPasswords[`admin@${domain}`]! });
  const fred = await Session.open(await far.createAccount(`fred-${who.split(" ").at(-1)}`, far.domain));
  for (const session of [anna, fred]) await session.send(xml("presence"));
  const pair = who === "the stack" ? ([anna, fred] as const) : ([fred, anna] as const);
  for (const [from, to] of [pair, [pair[1], pair[0]] as const]) {
    const body = `from ${from.bare} to ${to.bare}, ${who} first`;
    await from.send(xml("message", { to: to.bare, type: "chat" }, xml("body", {}, body)));
    expect((await to.message(body)).attrs.from).toBe(from.jid);
  }
  // One connection for both directions (XEP-0288): out by STARTTLS to 5269, in by direct TLS (XEP-0368) to the node's port.
  const [own, other] = who === "the stack" ? [domain, far.domain] : [far.domain, domain];
  expect(await connections()).toEqual([["<->", own, other, who === "the stack" ? "5269" : "5270", "TLSv1.3", "Succeeded"]]);
  await closeConnections();
});
