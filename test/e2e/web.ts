// HTTPS to a stack, whose names no name server knows: certificates are checked all the same.
import { once } from "node:events";
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { type RequestOptions, request } from "node:https";
import { buffer } from "node:stream/consumers";
import { xml } from "@xmpp/client";
import type { Session } from "./client.ts";

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** A request to a host name of the stack, on 127.0.0.1. */
export async function fetchFrom(url: string, options: RequestOptions = {}, body?: Uint8Array): Promise<Answer> {
  const { host, hostname, port, pathname, search } = new URL(url);
  const sent = request({ host: "127.0.0.1", servername: hostname, port: port || 443, path: pathname + search, agent: false, ...options, headers: { host, ...options.headers } });
  sent.end(body);
  const [answer] = (await once(sent, "response", { signal: AbortSignal.timeout(60_000) })) as [IncomingMessage];
  return { status: answer.statusCode!, headers: answer.headers, body: await buffer(answer) };
}

export interface Slot {
  readonly put: string;
  readonly get: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** An upload slot (XEP-0363). @throws the error that the service answers with */
export async function slotFor(session: Session, service: string, { size, name = "photo.jpg", type = "image/jpeg" }: { size: number; name?: string; type?: string }): Promise<Slot> {
  const iq = await session.request("get", xml("request", { xmlns: "urn:xmpp:http:upload:0", filename: name, size: String(size), "content-type": type }), service);
  const slot = iq.getChild("slot", "urn:xmpp:http:upload:0")!;
  const put = slot.getChild("put")!;
  const headers = Object.fromEntries(put.getChildren("header").map((header) => [header.attrs.name, header.text()])) as Record<string, string>;
  return { put: put.attrs.url!, get: slot.getChild("get")!.attrs.url!, headers };
}

/** Puts a file into its slot. */
export function upload({ put, headers }: Slot, file: Uint8Array, more: Readonly<Record<string, string>> = {}): Promise<Answer> {
  return fetchFrom(put, { method: "PUT", headers: { ...headers, "content-length": file.length, ...more } }, file);
}
