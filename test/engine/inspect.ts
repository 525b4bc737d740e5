// What Docker knows of a stack, without what differs from one run to the next or is the engine's own bookkeeping.
import { dockerOutput } from "../image/docker.ts";

type Json = Record<string, unknown>;

/** The long-running container as Docker runs it. */
export async function containerFacts(name: string): Promise<Json> {
  const [inspected] = JSON.parse(await dockerOutput(["inspect", name])) as [Json];
  const { Config, HostConfig, Mounts, NetworkSettings } = inspected as { Config: Json; HostConfig: Json; Mounts: Json[]; NetworkSettings: { Networks: Record<string, { Aliases: string[] }> } };
  const id = String(inspected.Id).slice(0, 12);
  return {
    config: { ...without(Config, ["Volumes", "AttachStdout", "AttachStderr"]), Labels: ownLabels(Config.Labels as Record<string, string>) },
    host: without(HostConfig, bookkeeping),
    mounts: Mounts.map(({ Type, Name, Destination, RW }) => ({ Type, Name, Destination, RW })).toSorted(by("Destination")),
    networks: Object.fromEntries(
      Object.entries(NetworkSettings.Networks)
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        // Compose adds the name of the service, which is the container's own and resolves anyway.
        .map(([network, { Aliases }]) => [network, Aliases.filter((alias) => alias !== id && alias !== name).toSorted()]),
    ),
  };
}

/** Said elsewhere: Binds by the mounts, NetworkMode by the networks. */
const bookkeeping = ["Binds", "Mounts", "NetworkMode", "VolumesFrom", "ConsoleSize", "ContainerIDFile"];

/** A network's subnets and switches. */
export async function networkFacts(name: string): Promise<Json> {
  const [{ Driver, Internal, EnableIPv6, IPAM }] = JSON.parse(await dockerOutput(["network", "inspect", name])) as [Json & { IPAM: { Config: { Subnet: string }[] } }];
  return { Driver, Internal, EnableIPv6, subnets: IPAM.Config.map(({ Subnet }) => Subnet) };
}

/** Owner, mode and hash of every file below a volume's root, a line each. */
export async function volumeFacts(volume: string): Promise<string[]> {
  const program = `cd /v && find . -printf '%p %U:%G %m %y %l\\n' | sort && find . -type f -exec sha256sum {} + | sort -k 2`;
  return (await dockerOutput(["run", "--rm", "--network", "none", "--volume", `${volume}:/v:ro`, "debian:trixie-slim", "sh", "-c", program])).trim().split("\n");
}

/** Null, false, empty and absent mean the same to Docker. */
function without(object: Json, keys: readonly string[]): Json {
  return Object.fromEntries(
    Object.entries(object)
      .filter(([key, value]) => !keys.includes(key) && !isEmpty(value))
      .map(([key, value]) => [key, Array.isArray(value) ? value.toSorted() : value]),
  );
}

function isEmpty(value: unknown): boolean {
  return value === null || value === "" || value === false || value === 0 || value === -1 || (Array.isArray(value) && value.length === 0);
}

function ownLabels(labels: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).filter(([name]) => !name.startsWith("com.docker.compose.")));
}

function by(key: string): (a: Json, b: Json) => number {
  return (a, b) => (String(a[key]) < String(b[key]) ? -1 : 1);
}
