// Settings against spam and abuse that cannot work.
import type { Problem } from "./problems.ts";
import type { Settings } from "./schema.ts";

/** Streams that have not logged in are closed after a minute: what waits longer would never be answered. */
const longestDelay = 30;

/** What does not go together in the settings against spam and abuse. */
export function abuseProblems({ logins }: Settings): Problem[] {
  return logins.maxDelay <= longestDelay ? [] : [{ key: "logins.maxDelay", text: `found ${logins.maxDelay}s, expected at most ${longestDelay}s: a stream without a login is closed after a minute` }];
}
