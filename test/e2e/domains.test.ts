// Several domains in one stack, one of them international, on IPv4 and IPv6, with modules of the operator's own.
import { xml } from "@xmpp/client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { logIn } from "../../ops/xmpp-client.ts";
import { dockerOutput } from "../image/docker.ts";
import { componentLabels } from "../../settings/hosts.ts";
import { namesBelow } from "../setup/certificates.ts";
import { Session } from "./client.ts";
import { affiliate, joinRoom, say } from "./rooms.ts";
import { TestStack } from "./stack.ts";
import { Stream } from "./stream.ts";

const [latin, international, ascii] = ["one.test", "bücher.test", "xn--bcher-kva.test"] as const;
const own = "urn:e2e:own-module";
const stack = new TestStack("domains", 7);
const login = (domain: string, service = stack.service()) => ({ service, domain, username: "admin", password: stack.outputs.adminPasswords[`admin@${domain}`]! });

beforeAll(async () => {
  stack.write("modules/mod_e2e_own.lua", `module:add_feature("${own}");\n`);
  stack.settings = {
    ...stack.settings,
    domains: [{ name: latin }, { name: international, rooms: `zimmer.${international}` }],
    modules: { directory: `${stack.directory}/modules`, add: { "*": ["e2e_own"], [international]: ["ipcheck"] } },
    network: { ...(stack.settings.network as object), ipv6: true, front6: "fd00:30:e2e:1::/64", back6: "fd00:30:e2e:2::/64" },
    publish: { ...stack.ports, addresses: ["127.0.0.1", "::1"] },
  };
  await stack.up();
});

afterAll(async () => {
  await Session.closeAll();
  await stack.remove();
});

const addresses = ["127.0.0.1", "[::1]"];
const everyWay = [latin, international].flatMap((domain) => addresses.flatMap((address) => [false, true].map((direct) => [domain, address, direct] as const)));

test.each(everyWay)("the administrator of %s logs in at %s (direct TLS: %s)", async (domain, address, direct) => {
  await logIn(login(domain, stack.service(direct, address)));
});

test("ports are published on the addresses that are set and on no other", async () => {
  const published = await dockerOutput(["port", stack.container, "5222/tcp"]);
  expect(published.trim().split("\n").toSorted()).toEqual(["127.0.0.1", "[::1]"].map((address) => `${address}:${stack.ports.c2s}`).toSorted());
});

test("the networks carry IPv6", async () => {
  const addressesOf = JSON.parse(await dockerOutput(["inspect", "--format", "{{json .NetworkSettings.Networks}}", stack.container])) as Record<string, { GlobalIPv6Address: string }>;
  expect(addressesOf[`${stack.namespace}-front`]?.GlobalIPv6Address).toMatch(/^fd00:30:e2e:1::/);
  expect(addressesOf[`${stack.namespace}-back`]?.GlobalIPv6Address).toMatch(/^fd00:30:e2e:2::/);
});

test.each([[latin, `${componentLabels.rooms}.${latin}`], [ascii, `zimmer.${ascii}`]])("%s has a certificate of its own, shown on all ports by the name that is asked for", async (domain, rooms) => {
  const usualRooms = `${componentLabels.rooms}.${domain}`;
  const names = namesBelow(domain).map((name) => `DNS:${name === usualRooms ? rooms : name}`).toSorted();
  for (const [port, protocol] of [[stack.ports.c2sDirectTls, "xmpp-client"], [stack.ports.s2sDirectTls, "xmpp-server"], [stack.ports.https, "http/1.1"]] as const) {
    for (const host of ["127.0.0.1", "::1"]) {
      const stream = await Stream.directTls(port, domain, protocol, { host });
      expect(stream.certificate.own.subjectaltname?.split(", ").toSorted()).toEqual(names);
      stream.close();
    }
  }
});

test("people of one domain write to those of another, and meet in its rooms", async () => {
  const [anna, otto] = [await Session.open(login(latin)), await Session.open(login(international))];
  await otto.send(xml("presence"));
  await anna.send(xml("message", { to: `admin@${international}`, type: "chat" }, xml("body", {}, "Grüße")));
  expect((await otto.message("Grüße")).attrs.from).toBe(anna.jid);

  const room = `lesen@zimmer.${international}`;
  await joinRoom(otto, room, "Otto");
  await affiliate(otto, room, anna.bare, "member");
  await joinRoom(anna, room, "Anna");
  await say(anna, room, "Faust?");
  expect((await otto.message("Faust?")).attrs.from).toBe(`${room}/Anna`);
});

test("modules: one's own on every domain, one of Prosody's on the domain that it was added to", async () => {
  const featuresOf = async (domain: string) => {
    const session = await Session.open(login(domain));
    const info = await session.request("get", xml("query", { xmlns: "http://jabber.org/protocol/disco#info" }), domain);
    return info.getChild("query")!.getChildren("feature").map(({ attrs }) => attrs.var);
  };
  const [first, second] = [await featuresOf(latin), await featuresOf(international)];
  expect([first.includes(own), first.includes("urn:xmpp:sic:0")]).toEqual([true, false]);
  expect([second.includes(own), second.includes("urn:xmpp:sic:0")]).toEqual([true, true]);
});

test("an upload's address has a name that HTTP can say", async () => {
  const session = await Session.open(login(international));
  const slot = await session.request("get", xml("request", { xmlns: "urn:xmpp:http:upload:0", filename: "a.txt", size: "1" }), `${componentLabels.upload}.${international}`);
  expect(new URL(slot.getChild("slot")!.getChild("get")!.attrs.url!).host).toBe(`${componentLabels.upload}.${ascii}:${stack.ports.https}`);
  expect(slot.toString()).toContain(`https://${componentLabels.upload}.${ascii}:`);
});

test("the start-up log is free of warnings and errors", async () => {
  expect((await stack.logs()).split("\n").filter((line) => /\s(warn|error)\s/.test(line))).toEqual([]);
});
