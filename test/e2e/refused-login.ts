// Logins of people who have no account: Prosody logs who tried, and from where.
import { expect } from "vitest";
import { eventually } from "../image/docker.ts";
import { type BoshLogin, BoshSession } from "./bosh.ts";
import type { TestStack } from "./stack.ts";
import type { Stream } from "./stream.ts";

/** On a stream that has been opened and is closed after that. */
export async function refusedOn(stream: Pick<Stream, "answer" | "close">, username: string): Promise<void> {
  const first = Buffer.from(`n,,n=${username},r=nonce`).toString("base64"); // RFC 5802
  await stream.answer(`<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='SCRAM-SHA-256'>${first}</auth>`, /<not-authorized.*<\/failure>/);
  stream.close();
}

export async function refusedOverBosh(login: Omit<BoshLogin, "username" | "password">, username: string): Promise<void> {
  await expect(BoshSession.open({ ...login, username, password: "none" })).rejects.toThrow(/not-authorized/);
}

/** The address that Prosody has logged with such a login. */
export async function addressOfRefused(stack: Pick<TestStack, "logs">, jid: string): Promise<string> {
  const line = new RegExp(`Failed authentication attempt \\(not-authorized\\) for user ${jid} from IP: (\\S+)`);
  await eventually(`the failed login of ${jid} is logged`, async () => line.test(await stack.logs()));
  return line.exec(await stack.logs())![1]!;
}
