// What is in the way of a stack on this machine, looked at before anything changes.
import { statfsSync } from "node:fs";
import { freemem, networkInterfaces } from "node:os";
import { collectorMemory } from "../components/logs/log-collector.ts";
import { monitoringMemory, programsOf } from "../components/monitoring/monitoring.ts";
import { redisMemory } from "../components/redis/redis.ts";
import { boundPorts } from "../settings/ports.ts";
import { shipsLogs } from "../settings/shipping.ts";
import { turnPortsSingly } from "../settings/turn.ts";
import { overlap } from "../settings/subnets.ts";
import { namespace as settingsNamespace } from "../settings/problems.ts";
import type { Settings } from "../settings/schema.ts";
import { bindError } from "./bind-error.ts";
import { OperatorError } from "./errors.ts";
import { run } from "./run.ts";

const gibibyte = 2 ** 30;

/** @throws OperatorError with a line for everything that is in the way: ports, subnets, memory, disk */
export async function preflight(settings: Settings): Promise<void> {
  const [networks, disk, runs] = await Promise.all([dockerNetworks(), diskMissing(), ownPorts(settings.namespace).then(({ size }) => size > 0)]);
  const taken = [...dockerSubnets(networks, settings.namespace), ...interfaceSubnets(networks)];
  const problems = [
    ...(await portsTaken(settings, () => ownPorts(settings.namespace))),
    ...subnetProblems(settings, taken),
    ...(runs ? [] : memoryMissing(settings, freemem())),
    ...disk,
  ];
  if (problems.length > 0) throw new OperatorError(`${problems.length} thing${problems.length === 1 ? " is" : "s are"} in the way on this machine:\n${problems.join("\n")}`);
}

/** What this stack's running containers publish, as `address:port`. */
async function ownPorts(namespace: string): Promise<ReadonlySet<string>> {
  const { stdout: ids } = await run("docker", ["ps", "--quiet", "--filter", `network=${namespace}-front`]);
  if (ids === "") return new Set();
  const { stdout } = await run("docker", ["inspect", "--format", "{{json .HostConfig.PortBindings}}", ...ids.split("\n")]);
  const bindings = stdout.split("\n").flatMap((line) => Object.values(JSON.parse(line) as Record<string, { HostIp: string; HostPort: string }[]>).flat());
  return new Set(bindings.map(({ HostIp, HostPort }) => `${HostIp}:${HostPort}`));
}

/**
 * A line for each port that something else listens on, and for addresses that are not the machine's.
 *
 * @param ownPorts what the stack itself publishes; asked after a port was found taken, for a run that was killed may still
 * be bringing containers up
 */
export async function portsTaken(settings: Pick<Settings, "publish" | "front" | "turn">, ownPorts = () => Promise.resolve<ReadonlySet<string>>(new Set())): Promise<string[]> {
  const published = Object.entries(boundPorts(settings)).map(([name, port]) => ({ key: `publish.${name}`, port, protocol: "tcp" as const }));
  const asked = [...published, ...turnPortsSingly(settings)].flatMap((one) => settings.publish.addresses.map((address) => ({ ...one, address })));
  const bound = await Promise.all(asked.map(async (one) => ({ ...one, error: await bindError(one.protocol, one.address, one.port) })));
  const taken = bound.filter(({ error }) => error !== undefined);
  const own = taken.length === 0 ? new Set() : await ownPorts();
  return taken
    .filter(({ port, address }) => !own.has(`${address}:${port}`))
    .map(({ key, port, protocol, address, error }) =>
      error === "EADDRINUSE"
        ? `${settingsNamespace}:${key}: ${protocol === "udp" ? "UDP " : ""}port ${port} of ${address} is in use; stop what listens there (ss -l${protocol === "udp" ? "u" : "t"}np), or choose another port`
        : `${settingsNamespace}:publish.addresses: cannot listen on ${address} port ${port} (${error}); expected an address of this machine`,
    );
}

/** A line for each subnet of the stack that something else has. */
export function subnetProblems({ network }: Pick<Settings, "network">, taken: readonly Taken[]): string[] {
  const wanted = [
    ["front", network.front],
    ["back", network.back],
    ...(network.ipv6 ? [["front6", network.front6], ["back6", network.back6]] : []),
  ] as const;
  return wanted.flatMap(([key, subnet]) => {
    const other = taken.find((one) => overlap(one.subnet, subnet));
    return other ? [`${settingsNamespace}:network.${key}: ${subnet} overlaps ${other.subnet} of ${other.owner}; choose another subnet`] : [];
  });
}

export interface Taken {
  readonly subnet: string;
  readonly owner: string;
}

interface DockerNetwork {
  readonly Id: string;
  readonly Name: string;
  readonly IPAM: { readonly Config: readonly { readonly Subnet: string }[] | null };
}

async function dockerNetworks(): Promise<DockerNetwork[]> {
  const { stdout: ids } = await run("docker", ["network", "ls", "--quiet", "--no-trunc"]);
  const { stdout } = await run("docker", ["network", "inspect", ...ids.split("\n").filter(Boolean)]);
  return JSON.parse(stdout || "[]") as DockerNetwork[];
}

function dockerSubnets(networks: readonly DockerNetwork[], namespace: string): Taken[] {
  return networks
    .filter(({ Name }) => Name !== `${namespace}-front` && Name !== `${namespace}-back`)
    .flatMap(({ Name, IPAM }) => (IPAM.Config ?? []).map(({ Subnet }) => ({ subnet: Subnet, owner: `the Docker network ${Name}` })));
}

/** Subnets of the machine's own interfaces, without the bridges that Docker made for its networks. */
function interfaceSubnets(networks: readonly DockerNetwork[]): Taken[] {
  const bridges = new Set(networks.map(({ Id }) => `br-${Id.slice(0, 12)}`));
  return Object.entries(networkInterfaces()).flatMap(([name, addresses]) =>
    bridges.has(name) || name === "docker0" ? [] : (addresses ?? []).flatMap(({ cidr }) => (cidr ? [{ subnet: cidr, owner: `the interface ${name}` }] : [])),
  );
}

/** A line when less memory (bytes) is free than the services may take. */
export function memoryMissing(settings: Pick<Settings, "resources" | "front" | "publish" | "database" | "postgres" | "turn" | "grafana" | "logs" | "monitoring" | "platform" | "prometheus" | "probes">, free: number): string[] {
  const { resources, front, publish, database, postgres, turn, grafana, monitoring, probes } = settings;
  const programs = programsOf(settings).reduce((sum, program) => sum + monitoringMemory(settings)[program], 0);
  const limits = [
    { key: "resources.memory", limit: resources.memory },
    ...(publish.https === 0 ? [] : [{ key: "front.memory", limit: front.memory }]),
    ...(database === "postgresql" ? [{ key: "postgres.memory", limit: postgres.memory }] : []),
    ...(turn.enabled ? [{ key: "turn.memory", limit: turn.memory + redisMemory }] : []),
    ...(monitoring === "own" ? [{ key: "prometheus.memory", limit: programs }, { key: "probes.memory", limit: probes.memory }] : []),
    ...(grafana.image === undefined ? [] : [{ key: "grafana.memory", limit: grafana.memory }]),
    ...(monitoring === "external" ? [{ key: "probes.memory", limit: programs + probes.memory }] : []),
    ...(shipsLogs(settings) ? [{ key: "logs.ship", limit: collectorMemory }] : []),
  ];
  const needed = limits.reduce((sum, { limit }) => sum + limit, 0);
  const keys = new Intl.ListFormat("en").format(limits.map(({ key }) => key));
  return free < needed
    ? [`memory: ${toMebibytes(free)} MiB are free, ${toMebibytes(needed)} MiB are needed (${settingsNamespace}:${keys}); free some`]
    : [];
}

async function diskMissing(): Promise<string[]> {
  const { stdout } = await run("docker", ["info", "--format", "{{.DockerRootDir}}"]);
  try {
    const { bavail, bsize } = statfsSync(stdout.trim());
    return bavail * bsize < gibibyte ? [`disk: ${toMebibytes(bavail * bsize)} MiB are free in ${stdout.trim()}, 1024 MiB are needed; free some (docker system df)`] : [];
  } catch {
    return []; // an engine on another machine: its disk is not ours to see
  }
}

function toMebibytes(bytes: number): number {
  return Math.floor(bytes / 2 ** 20);
}
