// Combinations of settings with which no call would get through.
import { isIP } from "node:net";
import { boundPorts } from "./ports.ts";
import type { Problem } from "./problems.ts";
import type { Settings } from "./schema.ts";
import { isLoopback } from "./subnets.ts";
import { externalAddress, lastRelayPort, turnTcpPorts } from "./turn.ts";

const leastMemory = 32 * 2 ** 20;

/** What is wrong with the TURN server; nothing where there is none. */
export function turnProblems(settings: Settings): Problem[] {
  return settings.turn.enabled ? [...unknownAddress(settings), ...unreachableAddress(settings), ...memory(settings), ...relayPorts(settings), ...ports(settings), ...issuerElsewhere(settings)] : [];
}

function unknownAddress(settings: Settings): Problem[] {
  const address = externalAddress(settings);
  const key = "turn.externalAddress";
  if (address === undefined) {
    const [where, whose] = settings.platform === "kubernetes" ? ["platform kubernetes", "the node"] : [`publish.addresses ${settings.publish.addresses[0]}`, "this machine"];
    return [{ key, text: `found nothing with ${where}, expected the address of ${whose} that clients reach it at; set it, or turn.enabled to false` }];
  }
  return isIP(address) === 6 && settings.platform === "docker" && !settings.network.ipv6
    ? [{ key, text: `found ${address} with network.ipv6 false, expected an IPv4 address; set one, or network.ipv6 to true` }]
    : [];
}

function unreachableAddress(settings: Settings): Problem[] {
  const { platform, environment, network, publish } = settings;
  const address = externalAddress(settings);
  const key = "turn.externalAddress";
  if (address === undefined) return [];
  if (environment === "production" && isLoopback(address)) {
    return [{ key, text: `found ${address} in the production environment, expected an address that others reach; set one, or turn.enabled to false` }];
  }
  return platform === "docker" && (isIP(address) === 4 || network.ipv6) && !publish.addresses.some((one) => isIP(one) === isIP(address))
    ? [{ key, text: `found ${address} with publish.addresses ${publish.addresses.join(", ")}, expected an address of the same IP version as one of those, by which the relays are published` }]
    : [];
}

function memory({ turn }: Settings): Problem[] {
  return turn.memory >= leastMemory ? [] : [{ key: "turn.memory", text: `found ${turn.memory} bytes, expected at least 32MiB: Coturn with its relays takes up to that` }];
}

function relayPorts({ turn }: Settings): Problem[] {
  const last = lastRelayPort(turn);
  if (last > 65_535) return [{ key: "turn.relay", text: `found ${turn.relay.count} ports from ${turn.relay.start}, which end at ${last}; expected an end of 65535 at most` }];
  const isRelay = (port: number) => port >= turn.relay.start && port <= last;
  const relays = `turn.relay has already (${turn.relay.start} to ${last})`;
  const inner: readonly number[] = Object.values(turnTcpPorts);
  return (["port", "tlsPort"] as const).flatMap((name) => [
    ...(isRelay(turn[name]) ? [{ key: `turn.${name}`, text: `found ${turn[name]}, which ${relays}; expected a port of its own` }] : []),
    ...(inner.includes(turn[name]) ? [{ key: `turn.${name}`, text: `found ${turn[name]}, on which Coturn listens by TCP in its container (${inner.join(", ")}); expected another port` }] : []),
    ...(isRelay(turnTcpPorts[name]) ? [{ key: "turn.relay", text: `found ${turn.relay.start} to ${last} with ${turnTcpPorts[name]} among them, on which Coturn listens by TCP in its container; expected others` }] : []),
  ]);
}

function ports(settings: Settings): Problem[] {
  const { turn } = settings;
  const published = new Map(Object.entries(boundPorts(settings)).map(([name, port]) => [port, `publish.${name}`]));
  const taken = (name: "port" | "tlsPort", owner: string | undefined) =>
    owner === undefined ? [] : [{ key: `turn.${name}`, text: `found ${turn[name]}, which is ${owner} already; expected a port of its own` }];
  return [...taken("port", published.get(turn.port)), ...taken("tlsPort", turn.tlsPort === turn.port ? "turn.port" : published.get(turn.tlsPort))];
}

/** Pod Security has Coturn in a namespace of its own, and its certificate is there. */
function issuerElsewhere({ platform, kubernetes: { certManager } }: Settings): Problem[] {
  return platform === "kubernetes" && certManager.issuer !== undefined && certManager.issuerKind === "Issuer"
    ? [{ key: "kubernetes.certManager.issuerKind", text: "found Issuer with turn.enabled, expected ClusterIssuer: Coturn has its certificate in another namespace" }]
    : [];
}
