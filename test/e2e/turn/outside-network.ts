// A Docker network of addresses that are nobody's (RFC 5737), and so not denied by the TURN server as private ones are: this machine
// has the first of them, at which the stack is published, and peers have others.
import { writeFileSync } from "node:fs";
import { execa } from "execa";
import { baseImage, ensureBaseImage } from "../../../ops/image-builds.ts";
import { dockerOutput, eventually } from "../../image/docker.ts";
import type { TestStack } from "../stack.ts";
import type { Address } from "./stun-message.ts";

/** What a peer is: it sends back what comes, with whom it came from before it. */
const echo = `
  const socket = require("node:dgram").createSocket("udp4");
  socket.on("message", (data, { address, port }) => socket.send(Buffer.concat([Buffer.from(address + ":" + port + " "), data]), port, address));
  socket.bind(7, () => console.log("listening"));`;

export class OutsideNetwork {
  private readonly stack: TestStack;
  private readonly name: string;
  private readonly first: number;
  private rules: string[][] = [];
  private peers: string[] = [];

  /** `quarter`, 0 to 3, is which part of 198.51.100.0/24 it has: several may be there at a time. */
  constructor(stack: TestStack, quarter: number) {
    this.stack = stack;
    this.first = 64 * quarter;
    this.name = `${stack.name}-outside`;
  }

  /** Of this machine, on that network. */
  get machine(): string {
    return this.address(1);
  }

  /** The one with this number, 1 to 62. */
  address(number: number): string {
    return `198.51.100.${this.first + number}`;
  }

  /** Before the stack, which is published there. */
  async create(): Promise<void> {
    await ensureBaseImage();
    await dockerOutput(["network", "create", "--subnet", `${this.address(0)}/26`, "--gateway", this.machine, this.name]);
  }

  /** Lets the stack's front network reach it, which Docker keeps from other networks of its own, but not from the world. */
  async connect(): Promise<void> {
    const bridge = async (network: string) => `br-${(await dockerOutput(["network", "inspect", "--format", "{{.Id}}", network])).trim().slice(0, 12)}`;
    const [front, outside] = [await bridge(`${this.stack.namespace}-front`), await bridge(this.name)];
    this.rules = [
      ["-i", front, "-o", outside, "-j", "ACCEPT"],
      ["-i", outside, "-o", front, "-m", "conntrack", "--ctstate", "ESTABLISHED,RELATED,DNAT", "-j", "ACCEPT"],
    ];
    for (const rule of this.rules) await execa("iptables", ["-I", "DOCKER-USER", ...rule]);
  }

  /** A peer with the address of this number. */
  async peer(host: number): Promise<Address> {
    const [address, container] = [this.address(host), `${this.name}-${host}`];
    const program = this.stack.write("peer.cjs", echo);
    this.peers.push(container);
    await dockerOutput(["run", "--detach", "--rm", "--init", "--name", container, "--network", this.name, "--ip", address, "--volume", `${process.execPath}:/node:ro`, "--volume", `${program}:/peer.cjs:ro`, baseImage, "/node", "/peer.cjs"]);
    await eventually(`${container} listens`, async () => (await dockerOutput(["logs", container])).includes("listening"));
    return { address, port: 7 };
  }

  /** After the stack, but for the file that its directory has for it. */
  async remove(): Promise<void> {
    for (const rule of this.rules) await execa("iptables", ["-D", "DOCKER-USER", ...rule]);
    for (const peer of this.peers) await dockerOutput(["rm", "--force", peer]);
    await dockerOutput(["network", "rm", this.name]);
  }
}

/** A file with the stack's authority, for programs that read one. */
export function authorityFile(stack: Pick<TestStack, "write" | "outputs">): string {
  const path = stack.write("ca.pem", "");
  writeFileSync(path, stack.outputs.caCertificate);
  return path;
}
