// The lines of a stack that ships them to a syslog server and to a collector of OpenTelemetry's on this machine.
import { eventually } from "../image/docker.ts";
import { type Pair, authority } from "../setup/certificates.ts";
import { OtlpReceiver, SyslogReceiver, otlpEndpoint } from "../setup/log-receivers.ts";

export class ShippedLines {
  readonly syslog: SyslogReceiver;
  readonly otlp: OtlpReceiver;
  /** With certificates of an authority that the stack is told of. */
  readonly identity: Pair;
  private readonly address: string;
  private readonly ca: string;

  private constructor(address: string, ca: string, identity: Pair) {
    this.address = address;
    this.ca = ca;
    this.identity = identity;
    this.syslog = new SyslogReceiver(identity);
    this.otlp = new OtlpReceiver(identity);
  }

  /** At an address of this machine that the stack's services reach. */
  static async at(address: string): Promise<ShippedLines> {
    const root = await authority();
    return new ShippedLines(address, root.certificate, await root.issue([address]));
  }

  /** `logs.ship`, to both over TLS. */
  settings({ port }: Pick<SyslogReceiver, "port"> = this.syslog): { readonly syslog: object; readonly otlp: object } {
    return { syslog: { host: this.address, port, ca: this.ca }, otlp: { endpoint: otlpEndpoint(this.address, this.otlp), ca: this.ca } };
  }

  /** Until such a line is at both. */
  async of(service: string, message = /./, receiver = this.syslog): Promise<void> {
    const matches = (text: string) => {
      const line = JSON.parse(text) as { readonly service: string; readonly message: string };
      return line.service === service && message.test(line.message);
    };
    await eventually(`a line of ${service} with ${message}`, () => Promise.resolve(receiver.messages.some((one) => matches(one.message)) && this.otlp.records.some(({ body }) => matches(body))));
  }

  /** Until those of a login and of a request for `/of-<name>` are. */
  async ofPerson(name: string, receiver?: SyslogReceiver): Promise<void> {
    await this.of("prosody", new RegExp(`Authenticated as ${name}@`), receiver);
    await this.of("nginx", new RegExp(`GET /of-${name} `), receiver);
  }

  /** How many there are at each. */
  count(): readonly [number, number] {
    return [this.syslog.messages.length, this.otlp.records.length];
  }

  problems(): string[] {
    return [...this.syslog.problems, ...this.otlp.problems];
  }

  async start(): Promise<void> {
    await Promise.all([this.syslog.start(), this.otlp.start()]);
  }

  async stop(): Promise<void> {
    await Promise.all([this.syslog.stop(), this.otlp.stop()]);
  }
}
