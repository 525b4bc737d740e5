// What is in the way on a machine, told before anything changes.
import { createSocket } from "node:dgram";
import { type AddressInfo, type Server, createServer } from "node:net";
import { expect, test, vi } from "vitest";
import { memoryMissing, portsTaken, subnetProblems } from "../../../ops/preflight.ts";
import { settingsFrom } from "../settings/parsed.ts";

test("a port that something listens on, by its setting", async () => {
  const { server, port } = await listening();
  const settings = publishing(port, "127.0.0.1");
  expect(await portsTaken(settings)).toEqual([
    `prosody-stack:publish.c2s: port ${port} of 127.0.0.1 is in use; stop what listens there (ss -ltnp), or choose another port`,
  ]);
  await new Promise((closed) => server.close(closed));
  expect(await portsTaken(settings)).toEqual([]);
});

test("what the stack itself publishes is free to it", async () => {
  const { server, port } = await listening();
  const settings = publishing(port, "127.0.0.1");
  const own = (...ports: string[]) => vi.fn(() => Promise.resolve(new Set(ports)));
  expect(await portsTaken(settings, own(`127.0.0.1:${port}`))).toEqual([]);
  expect(await portsTaken(settings, own(`127.0.0.2:${port}`))).toHaveLength(1);
  await new Promise((closed) => server.close(closed));
  const unasked = own();
  expect(await portsTaken(settings, unasked)).toEqual([]);
  expect(unasked).not.toHaveBeenCalled(); // what it has to say is of the time after a port was found taken
});

test("both IP versions on all addresses", async () => {
  expect(await portsTaken(publishing(25998, "0.0.0.0", "::"))).toEqual([]);
});

test("an address that the machine does not have", async () => {
  const settings = publishing(25999, "192.0.2.1");
  expect(await portsTaken(settings)).toEqual([
    "prosody-stack:publish.addresses: cannot listen on 192.0.2.1 port 25999 (EADDRNOTAVAIL); expected an address of this machine",
  ]);
});

test("a subnet that something else has; IPv6 only where it is on", () => {
  const taken = [{ subnet: "172.30.0.0/16", owner: "the Docker network other" }, { subnet: "fd00::/8", owner: "the interface eth0" }];
  const network = { front: "172.30.10.0/24", back: "10.9.0.0/24" };
  expect(subnetProblems(settingsFrom({ network }), taken)).toEqual([
    "prosody-stack:network.front: 172.30.10.0/24 overlaps 172.30.0.0/16 of the Docker network other; choose another subnet",
  ]);
  expect(subnetProblems(settingsFrom({ network: { ...network, ipv6: true } }), taken)).toHaveLength(3);
  expect(subnetProblems(settingsFrom({ network }), [])).toEqual([]);
});

test("plain HTTP, and HTTPS only where it is not another proxy's", async () => {
  const [plain, tls] = [await listening(), await listening()];
  const publish = { ...nothing, addresses: ["127.0.0.1"], http: plain.port, https: tls.port };
  const inUse = (name: string, port: number) => `prosody-stack:publish.${name}: port ${port} of 127.0.0.1 is in use; stop what listens there (ss -ltnp), or choose another port`;
  expect(await portsTaken(settingsFrom({ publish }))).toEqual([inUse("https", tls.port), inUse("http", plain.port)]);
  expect(await portsTaken(settingsFrom({ publish, front: { behindProxy: ["127.0.0.1"] } }))).toEqual([inUse("http", plain.port)]);
  expect(await portsTaken(settingsFrom({ publish: { ...publish, https: 0 } }))).toEqual([]);
  for (const { server } of [plain, tls]) await new Promise((closed) => server.close(closed));
});

test("the ports of the TURN server, by the protocols that it speaks", async () => {
  const sockets = await Promise.all([0, 0].map(async () => {
    const socket = createSocket("udp4");
    await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
    return socket;
  }));
  const [one, other] = sockets.map((socket) => socket.address().port).toSorted((a, b) => a - b) as [number, number];
  const { server, port } = await listening();
  const turn = { enabled: true, port: one, tlsPort: port, relay: { start: other, count: 2 } };
  const inUse = (key: string, what: string, number: number, option: string) => `prosody-stack:turn.${key}: ${what} ${number} of 127.0.0.1 is in use; stop what listens there (ss -l${option}np), or choose another port`;
  const found = await portsTaken(settingsFrom({ environment: "development", publish: { ...nothing, addresses: ["127.0.0.1"] }, turn }));
  expect(found.filter((line) => !line.includes(` ${other + 1} of`))).toEqual([ // which may be anybody's
    inUse("port", "UDP port", one, "u"), inUse("tlsPort", "port", port, "t"), inUse("relay", "UDP port", other, "u"),
  ]);
  expect(await portsTaken(settingsFrom({ publish: { ...nothing, addresses: ["127.0.0.1"] }, turn: { ...turn, enabled: false } }))).toEqual([]);
  for (const socket of sockets) socket.close();
  await new Promise((closed) => server.close(closed));
});

test.each([
  ["with a front", {}, 192, "resources.memory and front.memory"],
  ["behind a proxy", { front: { behindProxy: ["192.0.2.1"] } }, 192, "resources.memory and front.memory"],
  ["without a front", { publish: { https: 0 } }, 128, "resources.memory"],
  ["with a TURN server, and Redis for it", { turn: { enabled: true, externalAddress: "203.0.113.7" } }, 320, "resources.memory, front.memory, and turn.memory"],
  ["with monitoring", { monitoring: "own" }, 576, "resources.memory, front.memory, prometheus.memory, and probes.memory"],
  ["with monitoring and a Grafana", { monitoring: "own", grafana: { image: `docker.io/grafana/grafana@sha256:${"0".repeat(64)}` } }, 832, "resources.memory, front.memory, prometheus.memory, probes.memory, and grafana.memory"],
  ["with what another Prometheus asks", { monitoring: "external", scrape: { networks: ["192.0.2.9"] } }, 384, "resources.memory, front.memory, and probes.memory"],
  ["with logs shipped", { logs: { ship: { syslog: { host: "logs.example.org" } } } }, 256, "resources.memory, front.memory, and logs.ship"],
  ["with PostgreSQL", { database: "postgresql" }, 384, "resources.memory, front.memory, and postgres.memory"],
  ["as it is set", { resources: { memory: "100MiB" }, front: { memory: "50MiB" } }, 150, "resources.memory and front.memory"],
])("memory %s", (_, given, needed, keys) => {
  const settings = settingsFrom(given);
  expect(memoryMissing(settings, needed * 2 ** 20)).toEqual([]);
  expect(memoryMissing(settings, needed * 2 ** 20 - 1)).toEqual([
    `memory: ${needed - 1} MiB are free, ${needed} MiB are needed (prosody-stack:${keys}); free some`,
  ]);
});

async function listening(): Promise<{ server: Server; port: number }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { server, port: (server.address() as AddressInfo).port };
}

const nothing = { c2s: 0, c2sDirectTls: 0, s2s: 0, s2sDirectTls: 0, https: 0, http: 0, proxy65: 0 };

/** Settings that publish this port for clients, and nothing else. */
function publishing(c2s: number, ...addresses: string[]) {
  return settingsFrom({ publish: { ...nothing, addresses, c2s } });
}
