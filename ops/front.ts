// Whether the front answers, asked from outside.
import { once } from "node:events";
import http from "node:http";
import https from "node:https";
import { setTimeout as delay } from "node:timers/promises";
import { boundPorts } from "../settings/ports.ts";
import type { Settings } from "../settings/schema.ts";
import { OperatorError } from "./errors.ts";
import { say } from "./run.ts";

/** Polls the health path of the front. @throws OperatorError with the last reason; trust() has to know the certificate */
export async function waitForFront(settings: Settings, host: string, logs: string): Promise<void> {
  const { https: secure, http: plain } = boundPorts(settings);
  const port = secure ?? plain;
  if (port === undefined) return;
  let reason = "";
  for (const end = Date.now() + 60_000; Date.now() < end; await delay(250)) {
    try {
      const status = await answer(secure === undefined ? http : https, { host, port, path: "/health", servername: settings.domains[0]!.name.ascii });
      // Behind a proxy of the operator's own, everybody else is turned away.
      if (status === 200 || (secure === undefined && status === 403)) return say(`front: answers at ${host} port ${port}`);
      reason = `its answer is ${status}`;
    } catch (error) {
      reason = (error as Error).message;
    }
  }
  throw new OperatorError(`the stack is up, and its front does not answer at ${host} port ${port} after 60 s: ${reason}; see ${logs}`);
}

async function answer(protocol: typeof http | typeof https, options: https.RequestOptions): Promise<number> {
  const request = protocol.get({ ...options, headers: { host: options.servername }, agent: false, timeout: 5_000 });
  request.on("timeout", () => request.destroy(new Error("no answer within 5 s")));
  const [response] = (await once(request, "response")) as [http.IncomingMessage];
  response.resume();
  return response.statusCode!;
}
