// Relays by IPv6, and who is not reached through them.
import { afterAll, beforeAll, expect, test } from "vitest";
import { dockerOutput } from "../image/docker.ts";
import { Refused, type TurnClient } from "./turn/turn-client.ts";
import { TurnStack } from "./turn/turn-stack.ts";

const slot = 57;
const external = "2001:db8::7";
const network = { front: `172.30.${20 + 2 * slot}.0/24`, back: `172.30.${21 + 2 * slot}.0/24`, ipv6: true, front6: "fd00:30:e2e:57::/64", back6: "fd00:30:e2e:58::/64" };
const all = new TurnStack("turn-ipv6", slot, { externalAddress: external }, { network });
all.stack.settings = { ...all.stack.settings, publish: { ...all.stack.ports, addresses: [all.machine, "::1"] } };
let client: TurnClient;

beforeAll(async () => {
  await all.create("alice");
  const networks = JSON.parse(await dockerOutput(["inspect", "--format", "{{json .NetworkSettings.Networks}}", all.coturn])) as Record<string, { GlobalIPv6Address: string }>;
  client = await all.client(await all.credentials(await all.session("alice")), "udp", networks[`${all.stack.namespace}-front`]!.GlobalIPv6Address);
});

afterAll(() => all.remove());

test("a relay has the external address, and reaches the Internet", async () => {
  expect((await client.allocate(6)).address).toBe(external);
  await expect(client.permit("2606:4700::1111")).resolves.toBeUndefined();
});

test.each([
  ["the machine itself", "::1"],
  ["nobody's address", "::"],
  ["the machine itself, as IPv4", "::ffff:127.0.0.1"],
  ["a private network, as IPv4", "::ffff:10.0.0.1"],
  ["a private network, translated", "64:ff9b::a00:1"],
  ["a private network by 6to4", "2002:a00:1::1"],
  ["what is behind Teredo", "2001:0:1::1"],
  ["a private network", "fc00::1"],
  ["the back network", "fd00:30:e2e:58::2"],
  ["the metadata service of a cloud", "fd00:ec2::254"],
  ["a neighbour", "fe80::1"],
  ["a site's address of old", "fec0::1"],
  ["a group", "ff02::1"],
])("nobody gets through it to %s (%s)", async (_what, address) => {
  await expect(client.permit(address)).rejects.toThrow(new Refused(403, "Forbidden IP"));
  await expect(client.bindChannel({ address, port: 5222 })).rejects.toThrow(new Refused(403, "Forbidden IP"));
});
