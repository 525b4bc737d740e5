// npm run xmpp -- invite: an invitation to an account, as a link for XMPP clients (XEP-0401).
import { bareJid, domainName } from "../settings/names.ts";
import type { Settings } from "../settings/schema.ts";
import { seconds } from "../settings/units.ts";
import { OperatorError } from "./errors.ts";
import { placeOf } from "./place.ts";
import { say } from "./run.ts";
import { type Stack, settingsOfStack } from "./stack.ts";

export interface Invitation {
  readonly username?: string | undefined;
  readonly domain?: string | undefined;
  /** A duration with its unit. */
  readonly ttl?: string | undefined;
}

/** Prints the link. @throws OperatorError where the settings have no invitations, or Prosody makes none */
export async function invite(stack: Stack, invitation: Invitation): Promise<void> {
  const settings = settingsOfStack(stack);
  const command = inviteCommand(settings, invitation);
  const { exitCode, stdout, stderr } = await (await placeOf(stack, settings)).execute("prosody", command);
  const link = /xmpp:\S+/.exec(stdout)?.[0];
  if (exitCode !== 0 || link === undefined) throw new OperatorError(`no invitation was made: ${[stdout, stderr].join("\n").trim().split("\n").at(-1)}`);
  say(link);
}

/** What Prosody is asked. @throws OperatorError for what it would not understand */
export function inviteCommand({ registration, domains }: Pick<Settings, "registration" | "domains">, { username, domain, ttl }: Invitation): string[] {
  if (registration.mode === "closed") throw new OperatorError("registration.mode: found closed, expected invite or open; set it, run up, and invite then");
  const names = domains.map(({ name }) => name);
  const chosen = domain === undefined && names.length === 1 ? names[0] : names.find(({ ascii }) => ascii === domainName(domain ?? "")?.ascii);
  if (!chosen) throw new OperatorError(`--domain: found ${domain ?? "none"}, expected one of ${names.map(({ unicode }) => unicode).join(", ")}`);
  const account = username === undefined ? chosen.unicode : `${username}@${chosen.unicode}`;
  if (username !== undefined && !bareJid(account)) throw new OperatorError(`username: found ${username}, expected the part of a JID before the @`);
  const lifetime = ttl === undefined ? undefined : seconds(ttl);
  if (ttl !== undefined && !lifetime) throw new OperatorError(`--ttl: found ${ttl}, expected a duration such as 12h or 7d`);
  return ["prosodyctl", "shell", "invite", "create_account", account, ...(lifetime === undefined ? [] : ["--expires-after", `${lifetime}s`])];
}
