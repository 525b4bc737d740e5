// Settings of calls, and what of them cannot work together.
import { describe, expect, test } from "vitest";
import { endpoints } from "../../../scales/endpoints.ts";
import { platformArgs } from "../../../scales/platform-args.ts";
import { externalAddress } from "../../../settings/turn.ts";
import { domains, linesOf, settingsFrom } from "./parsed.ts";

const address = "203.0.113.7";
const lines = (turn: object, more: object = {}) => linesOf({ domains, turn: { enabled: true, externalAddress: address, ...turn }, ...more });

test("there is a TURN server from the community scale on, with 64 relays", () => {
  expect(settingsFrom({}).turn).toMatchObject({ enabled: false, relay: { start: 49_152, count: 64 } });
  for (const scale of ["community", "enterprise"]) expect(settingsFrom({ scale, turn: { externalAddress: address } }).turn.enabled).toBe(true);
});

describe("what cannot work", () => {
  test.each<[string, string[], string[]]>([
    ["an address that nobody told", lines({ externalAddress: undefined }), ["turn.externalAddress: found nothing with publish.addresses 0.0.0.0, expected the address of this machine that clients reach it at; set it, or turn.enabled to false"]],
    ["one that stands for all", lines({ externalAddress: "0.0.0.0" }), ['turn.externalAddress: found "0.0.0.0", expected an IP address such as "203.0.113.7"']],
    ["one by IPv6 without IPv6", lines({ externalAddress: "2001:db8::7" }), ["turn.externalAddress: found 2001:db8::7 with network.ipv6 false, expected an IPv4 address; set one, or network.ipv6 to true"]],
    ["one that others do not reach", lines({ externalAddress: "127.0.0.1" }), ["turn.externalAddress: found 127.0.0.1 in the production environment, expected an address that others reach; set one, or turn.enabled to false"]],
    ["one of another IP version than the relays", lines({ externalAddress: "2001:db8::7" }, { network: { ipv6: true } }), ["turn.externalAddress: found 2001:db8::7 with publish.addresses 0.0.0.0, expected an address of the same IP version as one of those, by which the relays are published"]],
    ["too little memory", lines({ memory: "16MiB" }), ["turn.memory: found 16777216 bytes, expected at least 32MiB: Coturn with its relays takes up to that"]],
    ["more relays than a machine publishes", lines({ relay: { count: 5000 } }), ["turn.relay.count: found 5000, expected a whole number from 2 to 1000"]],
    ["relays beyond the last port", lines({ relay: { start: 65_500 } }), ["turn.relay: found 64 ports from 65500, which end at 65563; expected an end of 65535 at most"]],
    ["a port among the relays", lines({ port: 50_000, relay: { start: 49_999, count: 2 } }), ["turn.port: found 50000, which turn.relay has already (49999 to 50000); expected a port of its own"]],
    ["a port of XMPP", lines({ port: 5222 }), ["turn.port: found 5222, which is publish.c2s already; expected a port of its own"]],
    ["a port that is taken in the container", lines({ tlsPort: 13_478 }), ["turn.tlsPort: found 13478, on which Coturn listens by TCP in its container (13478, 15349); expected another port"]],
    ["relays on such a port", lines({ relay: { start: 15_300, count: 100 } }), ["turn.relay: found 15300 to 15399 with 15349 among them, on which Coturn listens by TCP in its container; expected others"]],
    ["one port for two", lines({ tlsPort: 3478 }), ["turn.tlsPort: found 3478, which is turn.port already; expected a port of its own"]],
    ["no network", lines({ denied: ["everybody"] }), ['turn.denied[0]: found "everybody", expected an IP address or a subnet such as "10.0.0.0/8"']],
  ])("%s", (_what, found, expected) => {
    expect(found).toEqual(expected.map((line) => `prosody-stack:${line}`));
  });

  test("none of it counts where there is no TURN server", () => {
    expect(lines({ enabled: false, externalAddress: undefined, relay: { start: 65_500 }, port: 5222 })).toEqual([]);
  });
});

test("the address is the published one, where there is one", () => {
  const published = (addresses: string[], turn = {}) => externalAddress(settingsFrom({ publish: { addresses }, turn }));
  expect([published(["192.0.2.1", "::1"]), published(["0.0.0.0"]), published(["192.0.2.1"], { externalAddress: address })]).toEqual(["192.0.2.1", undefined, address]);
});

test("a platform is told of its ports, and people of those that they connect to", () => {
  const settings = settingsFrom({ turn: { enabled: true, externalAddress: address } });
  expect(platformArgs(settings).publishOnMachine).toEqual({ turn: 3478, turnTcp: 3478, turnTls: 5349, turnTlsTcp: 5349, turnRelay: 49_152 });
  expect(endpoints(settings)).toMatchObject({ turn: "a.example:3478", turnTls: "a.example:5349" });
  expect(Object.keys(endpoints(settings)).filter((name) => name.startsWith("turn"))).toEqual(["turn", "turnTls"]);
  expect(endpoints(settingsFrom({ turn: { enabled: true, externalAddress: address, host: "turn.example" } })).turn).toBe("turn.example:3478");
  expect(platformArgs(settingsFrom({})).publishOnMachine).toEqual({});
});
