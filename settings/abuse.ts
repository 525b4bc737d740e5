// The settings against spam and abuse.
import { z } from "zod";
import { domain, duration, group, oneOf, parsed, wholeNumber, yesOrNo } from "./fields.ts";
import { jidText } from "./hosts.ts";
import { bareJid, domainName } from "./names.ts";

const blockable = parsed('a domain or a bare JID such as "spam.example" or "troll@example.net"', (value) => {
  if (!value.includes("@")) return domainName(value)?.unicode;
  const jid = bareJid(value);
  return jid && jidText(jid);
});
const mode = oneOf("open", "allowlist", "off");
const allow = z.array(domain, { error: "a list of domains" });

export const spamSettings = group({
  level: oneOf("off", "standard", "strict").describe("How much people may send to those who do not have them in their contact list: everything; a few messages and links; fewer, and no links (config-templates/prosody/firewall)."),
  quarantine: duration.describe("How long nothing reaches strangers of a sender who goes on after that."),
  block: z
    .array(blockable, { error: "a list of domains and bare JIDs" })
    .describe("Domains that nobody here talks with, each with its subdomains, and JIDs elsewhere of which nothing is taken."),
  sharedList: domain.optional().describe("A service elsewhere with lists of spammers that operators share, such as xmppbl.org: what strangers send who are on them is refused, and they are kept out of rooms."),
});

export const loginSettings = group({
  failuresPerAccount: wholeNumber(1, 10_000).describe("Failed logins with one account from one address (by IPv6: one /64) after which each further try waits, twice as long each time."),
  failuresPerAddress: wholeNumber(1, 10_000).describe("The same for all accounts together; an address may be a whole office's."),
  maxDelay: duration.describe("The longest that a try waits; at most 30s."),
  forgetAfter: duration.describe("Time without a failed login after which they are forgotten."),
});

export const registrationSettings = group({
  mode: oneOf("closed", "invite", "open").describe("Who makes accounts: administrators only, also who has an invitation (XEP-0401), or anybody (XEP-0077)."),
  openInProduction: yesOrNo.describe("Has to be true for mode open in the production environment: spammers look for such servers."),
  confirm: yesOrNo.describe("Whether an account made without an invitation reaches nobody but the administrators and who has it as a contact, until one of them gives it another role."),
  inviteExpiry: duration.describe("How long an invitation is good for that says nothing else."),
  blocklists: z.array(domain, { error: "a list of domains" }).describe("DNS block lists (RFC 5782): an address on one of them gets no account without an invitation."),
  perAddress: wholeNumber(1, 10_000).describe("New accounts from one address in `period`."),
  period: duration.describe("The time in which they are counted."),
});

export const passwordSettings = group({
  minLength: wholeNumber(8, 128).describe("Least length of passwords that users choose, in bytes; with policies.security at least 12. None may have the username in it."),
});

export const sessionSettings = group({
  perAccount: wholeNumber(1, 10_000).describe("Sessions of one account at once, also such as have lost their connection and may be resumed."),
  perAddress: wholeNumber(1, 1_000_000).describe("Sessions of one address (by IPv6: one /64), which may be a whole office's."),
  total: wholeNumber(1, 1_000_000).describe("Sessions of all accounts; administrators get in beyond these two. Each takes about 80 KiB of resources.memory."),
});

export const federationSettings = group({
  mode: mode.describe("With which other servers this one talks: all, those in `allow`, or none."),
  allow: allow.describe("With mode allowlist: domains, each with its subdomains."),
  domains: z
    .record(
      z.string(),
      group({
        mode: mode.describe("The same for this domain and its components."),
        allow: allow.optional().describe("The same for this domain and its components."),
      }),
      { error: "an object of domains of this stack, each with mode and allow" },
    )
    .describe("Domains of this stack with rules of their own."),
});
