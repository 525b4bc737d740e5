// A stack with a TURN server, published on a network outside of it, and what its users are told of that server.
import { xml } from "@xmpp/client";
import { dockerOutput } from "../../image/docker.ts";
import { Session } from "../client.ts";
import { People, domain } from "../people.ts";
import { TestStack } from "../stack.ts";
import { OutsideNetwork, authorityFile } from "./outside-network.ts";
import { type Credentials, TurnClient } from "./turn-client.ts";
import { type TransportName, transports } from "./transports.ts";
import { type TurnSettings, turnSettings } from "./turn-settings.ts";

export interface Service {
  readonly type: string;
  readonly transport: string;
  readonly host: string;
  readonly port: string;
  readonly username?: string;
  readonly password?: string;
  readonly expires?: string;
}

export class TurnStack {
  readonly stack: TestStack;
  readonly network: OutsideNetwork;
  readonly turn: TurnSettings;
  private readonly clients: TurnClient[] = [];

  /** `more` are settings of the TURN server besides its ports, `settings` those of the stack; slots of such stacks differ modulo 4. */
  constructor(name: string, slot: number, more: Readonly<Record<string, unknown>> = {}, settings: Readonly<Record<string, unknown>> = {}) {
    this.stack = new TestStack(name, slot);
    this.turn = { ...turnSettings(this.stack), ...more };
    this.network = new OutsideNetwork(this.stack, slot % 4);
    this.stack.settings = { ...this.stack.settings, environment: "production", publish: { ...this.stack.ports, addresses: [this.machine] }, turn: this.turn, ...settings };
  }

  /** Where it is published. */
  get machine(): string {
    return this.network.machine;
  }

  get coturn(): string {
    return `${this.stack.namespace}-coturn`;
  }

  get redis(): string {
    return `${this.stack.namespace}-redis`;
  }

  /** What `up` says. */
  async create(...people: string[]): Promise<string> {
    await this.network.create();
    const said = await this.stack.up();
    await this.network.connect();
    await new People(this.stack).create(...people);
    return said;
  }

  async remove(): Promise<void> {
    for (const client of this.clients) client.close();
    await Session.closeAll();
    await this.stack.remove();
    await this.network.remove();
  }

  /** What the server tells a user (XEP-0215). */
  async services(session: Session): Promise<Service[]> {
    const xmlns = "urn:xmpp:extdisco:2";
    const answer = await session.request("get", xml("services", { xmlns }), domain);
    return answer.getChild("services", xmlns)!.getChildren("service").map(({ attrs }) => attrs as unknown as Service);
  }

  session(username: string): Promise<Session> {
    return Session.open({ ...new People(this.stack).login(username), service: this.stack.service(false, this.machine) });
  }

  /** The credentials that a user is given, for TURN by UDP and TCP. */
  async credentials(session: Session): Promise<Credentials> {
    const { username, password } = (await this.services(session)).find(({ type }) => type === "turn")!;
    return { username: username!, password: password! };
  }

  /** A client that is connected, with these credentials or as nobody. */
  async client(credentials?: Credentials, transport: TransportName = "udp", address = this.machine): Promise<TurnClient> {
    const port = transport === "udp" || transport === "tcp" ? this.turn.port : this.turn.tlsPort;
    const client = new TurnClient(await transports[transport]({ address, port, name: domain, ca: authorityFile(this.stack) }), credentials);
    this.clients.push(client);
    return client;
  }

  /** The text of a file that is in force in one of the containers. */
  delivered(container: string, path: string): Promise<string> {
    return dockerOutput(["exec", container, "/usr/bin/lua5.4", "-e", `io.write(io.open("/config/current/${path}"):read("a"))`]);
  }
}
