// Who gets shipped logs in the tests: a syslog server, and a collector of OpenTelemetry's. What they are sent is read by the rules of
// their specifications, and what breaks one is remembered.
import { createServer as createHttpServer, type IncomingMessage, type Server as HttpServer, type ServerResponse } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { z } from "zod";
import type { Pair } from "./certificates.ts";

export interface SyslogMessage {
  readonly facility: number;
  readonly severity: number;
  readonly time: string;
  readonly host: string;
  readonly app: string;
  /** As they stand there: `[id name="value"]`. */
  readonly data: string;
  readonly message: string;
}

export interface OtlpRecord {
  readonly attributes: Readonly<Record<string, string>>;
  readonly time: bigint;
  readonly severityNumber: number;
  readonly severityText: string;
  readonly body: string;
}

/** Listens on all addresses of the machine, as long as it is not stopped; on the same port when it starts again. */
export abstract class Receiver {
  readonly problems: string[] = [];
  port = 0;
  private server: Server | HttpServer | undefined;
  private readonly sockets = new Set<Socket>();

  protected abstract create(): Server | HttpServer;

  async start(): Promise<this> {
    const server = (this.server = this.create());
    server.on("connection", (socket: Socket) => {
      this.sockets.add(socket);
      socket.on("close", () => this.sockets.delete(socket));
    });
    await new Promise<void>((resolve) => server.listen(this.port, "0.0.0.0", resolve));
    this.port = (server.address() as AddressInfo).port;
    return this;
  }

  async stop(): Promise<void> {
    const { server } = this;
    if (!server) return;
    this.server = undefined;
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }
}

/** By TLS where it has a certificate, else by TCP (RFC 5425, RFC 6587: the length of each message stands before it). */
export class SyslogReceiver extends Receiver {
  readonly messages: SyslogMessage[] = [];
  private readonly identity: Pair | undefined;

  constructor(identity?: Pair) {
    super();
    this.identity = identity;
  }

  protected create(): Server {
    const read = (socket: Socket) => {
      let bytes = Buffer.alloc(0);
      socket.on("error", () => undefined); // who goes away is seen by what does not come
      socket.on("data", (chunk: Buffer) => (bytes = this.take(Buffer.concat([bytes, chunk]))));
    };
    if (!this.identity) return createTcpServer(read);
    return createTlsServer({ cert: this.identity.certificate, key: this.identity.key }, read).on("tlsClientError", () => undefined);
  }

  /** The whole messages of it; what is left. */
  private take(bytes: Buffer): Buffer<ArrayBuffer> {
    for (;;) {
      const prefix = /^(\d+) /.exec(bytes.subarray(0, 12).toString("latin1"));
      if (!prefix) {
        if (bytes.length >= 12) this.problems.push(`no length before ${bytes.subarray(0, 80).toString()}`);
        return Buffer.from(bytes);
      }
      const [from, length] = [prefix[0].length, Number(prefix[1])];
      if (bytes.length < from + length) return Buffer.from(bytes);
      this.parse(bytes.subarray(from, from + length).toString().replace(/\n$/, "")); // which syslog-ng counts in
      bytes = bytes.subarray(from + length);
    }
  }

  /** @see https://www.rfc-editor.org/rfc/rfc5424#section-6 */
  private parse(text: string): void {
    const found = /^<(\d{1,3})>1 (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}(?:Z|\+00:00)) (\S{1,255}) (\S{1,48}) - - (\[[^\]]*\]) (?:\uFEFF)?([^]*)$/.exec(text);
    if (!found) return void this.problems.push(`not RFC 5424: ${text}`);
    const [, priority, time, host, app, data, message] = found as unknown as [string, string, string, string, string, string, string];
    this.messages.push({ facility: Number(priority) >> 3, severity: Number(priority) & 7, time, host, app, data, message });
  }
}

const value = z.strictObject({ stringValue: z.string() });
const nanoseconds = z.string().regex(/^\d{19}$/);

/** ExportLogsServiceRequest as JSON, as far as it is used here; a name that is not one of its fields is a problem. */
const request = z.strictObject({
  resourceLogs: z.array(z.strictObject({
    resource: z.strictObject({ attributes: z.array(z.strictObject({ key: z.string(), value })) }),
    scopeLogs: z.array(z.strictObject({
      scope: z.strictObject({ name: z.string() }),
      logRecords: z.array(z.strictObject({ timeUnixNano: nanoseconds, observedTimeUnixNano: nanoseconds, severityNumber: z.int().min(1).max(24), severityText: z.string(), body: value })),
    })),
  })).min(1),
});

/** @see https://opentelemetry.io/docs/specs/otlp/#otlphttp-request */
export class OtlpReceiver extends Receiver {
  readonly records: OtlpRecord[] = [];
  /** The headers of its requests. */
  readonly headers: IncomingMessage["headers"][] = [];
  /** What it answers with. */
  status = 200;
  private readonly identity: Pair | undefined;

  constructor(identity?: Pair) {
    super();
    this.identity = identity;
  }

  protected create(): HttpServer {
    const answer = (incoming: IncomingMessage, response: ServerResponse) => void this.answer(incoming, response);
    return this.identity ? createHttpsServer({ cert: this.identity.certificate, key: this.identity.key }, answer) : createHttpServer(answer);
  }

  private async answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const chunks: Buffer[] = [];
      for await (const chunk of incoming) chunks.push(chunk as Buffer);
      this.headers.push(incoming.headers);
      if (incoming.method !== "POST" || incoming.url !== "/v1/logs" || incoming.headers["content-type"] !== "application/json") this.problems.push(`${incoming.method} ${incoming.url} ${incoming.headers["content-type"]}`);
      if (this.status === 200) this.take(Buffer.concat(chunks).toString());
      response.writeHead(this.status, { "Content-Type": "application/json" }).end("{}");
    } catch {
      // who goes away comes again
    }
  }

  private take(text: string): void {
    try {
      for (const { resource, scopeLogs } of request.parse(JSON.parse(text)).resourceLogs) {
        const attributes = Object.fromEntries(resource.attributes.map(({ key, value: { stringValue } }) => [key, stringValue]));
        for (const { timeUnixNano, severityNumber, severityText, body } of scopeLogs.flatMap(({ logRecords }) => logRecords)) {
          this.records.push({ attributes, time: BigInt(timeUnixNano), severityNumber, severityText, body: body.stringValue });
        }
      }
    } catch (error) {
      this.problems.push(`${String(error)}: ${text}`);
    }
  }
}

/** PATH of a collector that listens there. */
export function otlpEndpoint(host: string, { port }: Pick<OtlpReceiver, "port">, scheme: "https" | "http" = "https"): string {
  return `${scheme}://${host}:${port}/v1/logs`;
}
