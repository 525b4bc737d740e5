// The settings against spam and abuse.
import { duration, group, oneOf, wholeNumber } from "./fields.ts";

export const spamSettings = group({
  level: oneOf("off", "standard", "strict").describe("How much people may send to those who do not have them in their contact list: everything; a few messages and links; fewer, and no links (config-templates/prosody/firewall)."),
  quarantine: duration.describe("How long nothing reaches strangers of a sender who goes on after that."),
});

export const loginSettings = group({
  failuresPerAccount: wholeNumber(1, 10_000).describe("Failed logins with one account from one address (by IPv6: one /64) after which each further try waits, twice as long each time."),
  failuresPerAddress: wholeNumber(1, 10_000).describe("The same for all accounts together; an address may be a whole office's."),
  maxDelay: duration.describe("The longest that a try waits; at most 30s."),
  forgetAfter: duration.describe("Time without a failed login after which they are forgotten."),
});
