// Who gets alerts in the tests besides those who chat: a mail server that wants to know who comes, and a webhook.
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { SMTPServer } from "smtp-server";
import { z } from "zod";
import type { Pair } from "./certificates.ts";
import { Receiver } from "./log-receivers.ts";

export interface Mail {
  readonly from: string;
  readonly to: readonly string[];
  readonly subject: string;
}

/** By STARTTLS, and nobody without it. */
export class MailReceiver {
  readonly mails: Mail[] = [];
  readonly credentials = { user: "stack", password: "of the mailbox" } as const;
  private readonly server: SMTPServer;

  constructor({ certificate, key }: Pair) {
    this.server = new SMTPServer({
      cert: certificate,
      key,
      disabledCommands: [],
      onAuth: ({ username, password }, { secure }, done) => {
        const right = secure && username === this.credentials.user && password === this.credentials.password;
        done(right ? null : new Error("not let in"), right ? { user: username } : undefined);
      },
      onData: (stream, { envelope: { mailFrom, rcptTo } }, done) => {
        void text(stream).then((content) => {
          // Folded lines are one (RFC 5322 §2.2.3).
          const subject = /^Subject: (.*)$/m.exec(content.replaceAll(/\r\n[ \t]/g, " "))?.[1]?.trim() ?? "";
          this.mails.push({ from: mailFrom === false ? "" : mailFrom.address, to: rcptTo.map(({ address }) => address), subject });
          done();
        });
      },
    });
    this.server.on("error", () => undefined); // who goes away comes again
  }

  get port(): number {
    return (this.server.server.address() as AddressInfo).port;
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, "0.0.0.0", resolve));
  }

  async stop(): Promise<void> {
    await new Promise<void>((resolve) => this.server.close(resolve));
  }
}

/** @see https://prometheus.io/docs/alerting/latest/configuration/#webhook_config */
const notification = z.object({ version: z.literal("4"), alerts: z.array(z.object({ status: z.enum(["firing", "resolved"]), labels: z.record(z.string(), z.string()) })) });

/** By HTTPS. */
export class WebhookReceiver extends Receiver {
  /** In the order in which they came, of each message every alert. */
  readonly alerts: { readonly name: string; readonly status: string }[] = [];
  private readonly identity: Pair;

  constructor(identity: Pair) {
    super();
    this.identity = identity;
  }

  protected create(): Server {
    const { certificate, key } = this.identity;
    return createServer({ cert: certificate, key }, (incoming, response) => {
      void text(incoming).then((body) => {
        const { alerts } = notification.parse(JSON.parse(body));
        this.alerts.push(...alerts.map(({ status, labels }) => ({ name: labels["alertname"]!, status })));
        response.writeHead(200).end();
      }).catch((error: unknown) => {
        this.problems.push(String(error));
        response.writeHead(400).end();
      });
    });
  }
}
