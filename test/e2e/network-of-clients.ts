// A Docker network beside a stack's own, with IPv4 and IPv6: client containers on it reach the stack's servers from
// addresses of their own, which Docker's proxy on this machine would hide.
import { connect } from "node:net";
import { join } from "node:path";
import { baseImage, ensureBaseImage } from "../../ops/image-builds.ts";
import { containerPorts, frontPorts } from "../../settings/ports.ts";
import { dockerOutput, eventually } from "../image/docker.ts";
import type { Route } from "./client-relay.ts";
import type { TestStack } from "./stack.ts";

/** By IP version. A test connects to those of a client to be that client; the stack sees the same ones. */
export type Addresses = Readonly<Record<4 | 6, string>>;

export class NetworkOfClients {
  protected readonly stack: Pick<TestStack, "name" | "container" | "front" | "ports">;
  private readonly name: string;
  private readonly prefixes: Addresses;
  private readonly clients: string[] = [];

  /** `prefixes` are an IPv4 /24 and an IPv6 /64 without what names the host: "172.31.1." and "fd00::". */
  constructor(stack: Pick<TestStack, "name" | "container" | "front" | "ports">, prefixes: Addresses) {
    this.stack = stack;
    this.name = `${stack.name}-clients`;
    this.prefixes = prefixes;
  }

  /** Makes the network and puts the stack's containers on it. */
  async create(): Promise<void> {
    await ensureBaseImage();
    await dockerOutput(["network", "create", "--ipv6", "--subnet", `${this.prefixes[4]}0/24`, "--subnet", `${this.prefixes[6]}/64`, this.name]);
    await this.join();
  }

  protected async join(): Promise<void> {
    for (const container of [this.stack.container, this.stack.front]) await dockerOutput(["network", "connect", this.name, container]);
  }

  /** A container with the addresses that end in `host`, which relays the stack's published and internal ports by their numbers. */
  async client(host: number): Promise<Addresses> {
    const addresses = { 4: `${this.prefixes[4]}${host}`, 6: `${this.prefixes[6]}${host}` };
    const container = `${this.name}-${host}`;
    const mounts = { [process.execPath]: "/node", [join(import.meta.dirname, "client-relay.ts")]: "/client-relay.ts" };
    this.clients.push(container);
    await dockerOutput([
      "run", "--detach", "--rm", "--init", "--name", container, "--network", this.name, "--ip", addresses[4], "--ip6", addresses[6],
      ...Object.entries(mounts).flatMap(([from, to]) => ["--volume", `${from}:${to}:ro`]),
      baseImage, "/node", "/client-relay.ts", JSON.stringify(await this.routes()),
    ]);
    // It opens them one after the other. Those after this one count who comes.
    for (const address of Object.values(addresses)) await eventually(`${container} listens at ${address}`, () => listens(address, this.stack.ports.http));
    return addresses;
  }

  /** After the stack, whose containers are on it. */
  async remove(): Promise<void> {
    for (const client of this.clients) await dockerOutput(["rm", "--force", client]);
    await dockerOutput(["network", "rm", this.name]);
  }

  /** Where each port of a client leads. */
  protected async routes(): Promise<Route[]> {
    const { ports } = this.stack;
    const prosody = await this.addressesOf(this.stack.container);
    const nginx = await this.addressesOf(this.stack.front);
    const to = (addresses: Addresses, port: number) => ({ 4: [addresses[4], port], 6: [addresses[6], port] }) as const;
    const { http, c2s_proxied: c2sProxied, s2s_proxied: s2sProxied } = containerPorts;
    return [
      { port: ports.c2s, to: to(prosody, containerPorts.c2s) },
      { port: ports.c2sDirectTls, to: to(prosody, containerPorts.c2s_direct_tls) },
      { port: ports.s2s, to: to(prosody, containerPorts.s2s) },
      { port: ports.s2sDirectTls, to: to(prosody, containerPorts.s2s_direct_tls) },
      { port: ports.proxy65, to: to(prosody, ports.proxy65) },
      { port: ports.https, to: to(nginx, frontPorts.https) },
      { port: ports.http, to: to(nginx, frontPorts.http) },
      ...[http, c2sProxied, s2sProxied].map((port) => ({ port, to: to(prosody, port) })),
    ];
  }

  private async addressesOf(container: string): Promise<Addresses> {
    const networks = JSON.parse(await dockerOutput(["inspect", "--format", "{{json .NetworkSettings.Networks}}", container])) as Record<string, { IPAddress: string; GlobalIPv6Address: string }>;
    const { IPAddress, GlobalIPv6Address } = networks[this.name]!;
    return { 4: IPAddress, 6: GlobalIPv6Address };
  }
}

function listens(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port }, () => (socket.destroy(), resolve(true)));
    socket.on("error", () => resolve(false));
  });
}
