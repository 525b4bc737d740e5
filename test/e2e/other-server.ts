// A Prosody that is no stack, as another operator may run it: of the same image, with far.cfg.lua as all its configuration
// and certificates of an authority of its own. One of its hosts is in order, each of the others has a wrong certificate.
// Nothing of it is below .test: Prosody's resolver itself says that no such name exists (RFC 6761).
import { createHash, createHmac, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { type Login, trust } from "../../ops/xmpp-client.ts";
import { type Result, docker, dockerOutput, eventually } from "../image/docker.ts";
import { tar } from "../image/tar.ts";
import { type Authority, type Pair, authority, pair } from "../setup/certificates.ts";
import { prosodyImage } from "../setup/prosody-image.ts";
import type { TestStack } from "./stack.ts";

const owner = 5222; // Prosody's user in the image
const config = "/far/far.cfg.lua";

/** The hosts with a wrong certificate (`<kind>.example`), and what Prosody says of it. */
export const wrong = {
  "self-signed": "is self-signed",
  expired: "has expired",
  "other-name": "is not valid for this name",
  "unknown-ca": "is not trusted",
} as const;
export type Wrong = keyof typeof wrong;
export const kinds = Object.keys(wrong) as Wrong[];

/** What the stack's operator does: the other authority, and how the other is found where no name server knows it. */
const overrides = (unbound: string) => `
local release = Lua.debug.getinfo(1, "S").source:match("^@(.*)/[^/]+$")
s2s_ssl = { cafile = release .. "/secrets/authorities.pem" }
s2s_direct_tls_ssl = { cafile = release .. "/secrets/authorities.pem" }
unbound = { resolvconf = true; ${unbound} }
`;
const record = (service: string, port: number, target = service) => `options = { ["local-data:"] = "_xmpps-server._tcp.${service}. 60 IN SRV 0 0 ${port} ${target}." }`;

type Federating = Pick<TestStack, "settings" | "up" | "write" | "ports" | "outputs">;

export class OtherServer {
  readonly domain = "far.example";
  readonly authority: Authority;
  readonly wrongPairs: Readonly<Record<Wrong, Pair>>;
  private readonly container = `e2e-other-${randomBytes(4).toString("hex")}`;
  private service = "";

  private constructor(own: Authority, wrongPairs: Record<Wrong, Pair>) {
    this.authority = own;
    this.wrongPairs = wrongPairs;
  }

  static async create(): Promise<OtherServer> {
    const own = await authority("Far");
    return new OtherServer(own, {
      "self-signed": await pair(["self-signed.example"]),
      expired: await own.issue(["expired.example"], { from: -10, to: -1 }),
      "other-name": await own.issue(["elsewhere.example"]),
      "unknown-ca": await (await authority("Unknown")).issue(["unknown-ca.example"]),
    });
  }

  /** Brings it and a stack up, so that each trusts the other's authority and finds the other: the stack by these names. */
  async federate(stack: TestStack, names: readonly string[]): Promise<void> {
    await this.bringUp(stack, `hoststxt = true; ${record("conference.far.example", 5270)}`);
    const network = `${stack.namespace}-front`;
    const address = (await dockerOutput(["inspect", "--format", `{{(index .NetworkSettings.Networks "${network}").IPAddress}}`, stack.container])).trim();
    // Docker's name server has addresses only. This record of the stack's rooms (XEP-0368) makes them be reached by direct TLS.
    const unbound = `hoststxt = true; ${record(`conference.${names[0]}`, 5270)}`;
    await this.start(["--network", network, ...names.flatMap((name) => ["--add-host", `${name}:${address}`])], unbound, stack.outputs.caCertificate);
  }

  /** The same with a stack on a cluster: its node has the other's port, and the other comes to the node's port for direct TLS. */
  async federateWithNode(stack: Federating, name: string, node: string): Promise<void> {
    await this.bringUp(stack, 'hoststxt = release .. "/secrets/hosts"', { hosts: `${node} ${this.domain}\n` });
    const options = ["--publish", `${node}:5269:5269`, "--add-host", `${name}:${node}`];
    await this.start(options, `hoststxt = true; ${record(name, stack.ports.s2sDirectTls)}`, stack.outputs.caCertificate);
  }

  private async bringUp(stack: Federating, unbound: string, secrets: Readonly<Record<string, string>> = {}): Promise<void> {
    stack.settings = { ...stack.settings, secrets: { "authorities.pem": this.authority.certificate, ...secrets }, overrides: stack.write("overrides.cfg.lua", overrides(unbound)) };
    await stack.up();
  }

  private async start(options: readonly string[], unbound: string, authorities: string): Promise<void> {
    const names = [this.domain, `conference.${this.domain}`, `lists.${this.domain}`, ...kinds.map((kind) => `${kind}.example`)];
    const aliases = options.includes("--network") ? names.flatMap((name) => ["--network-alias", name]) : [];
    const command = [await prosodyImage(), "/usr/bin/prosody", "-F", "--config", config];
    await dockerOutput(["create", "--name", this.container, ...options, ...aliases, "--publish", "127.0.0.1::5222", ...command]);
    const pairs = { "certs/far.example": await this.authority.issue(names), ...Object.fromEntries(kinds.map((kind) => [`wrong/${kind}`, this.wrongPairs[kind]])) };
    const files = {
      "far/far.cfg.lua": `unbound = { resolvconf = true; ${unbound} }\n${readFileSync(new URL("far.cfg.lua", import.meta.url), "utf8")}`,
      "far/certs/authorities.crt": authorities,
      ...Object.fromEntries(Object.entries(pairs).flatMap(([path, { certificate, key }]) => [[`far/${path}.crt`, certificate], [`far/${path}.key`, key]])),
    };
    await dockerOutput(["cp", "-", `${this.container}:/`], tar(files, owner));
    await dockerOutput(["start", this.container]);
    await eventually("the other server is up", async () => (await this.prosodyctl("shell", "uptime")).exitCode === 0);
    this.service = `xmpp://${(await dockerOutput(["port", this.container, "5222/tcp"])).trim()}`;
    trust(this.authority.certificate);
  }

  /** Makes an account on one of its hosts, and tells how to log in to it. */
  async createAccount(username: string, domain: string): Promise<Login> {
    const password = `password of ${username}`;
    const { exitCode, output } = await this.prosodyctl("register", username, domain, password);
    if (exitCode !== 0) throw new Error(output);
    return { service: this.service, domain, username, password };
  }

  /** What one of its hosts has to say on a stream, and confirms when it is asked (XEP-0185). */
  dialbackKey(receiving: string, originating: string, streamId: string): string {
    const secret = createHash("sha256").update("dialback secret of far.example").digest("hex");
    return createHmac("sha256", secret).update(`${receiving} ${originating} ${streamId}`).digest("hex");
  }

  private prosodyctl(...args: string[]): Promise<Result> {
    return docker(["exec", this.container, "prosodyctl", "--config", config, ...args]);
  }

  /** It has to go before the stack: it is in one of its networks. */
  async remove(): Promise<void> {
    await docker(["rm", "--force", "--volumes", this.container]);
  }
}
