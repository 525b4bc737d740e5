// When a server can first be logged in to, seen from outside.
import { setTimeout as delay } from "node:timers/promises";
import { type Login, logIn } from "../../ops/xmpp-client.ts";

/** Tries to log in until it works; the same tries, as often, for whatever is measured. @throws after `limit` seconds */
export async function firstLogin(login: Login, limit = 120): Promise<void> {
  let reason: unknown;
  for (const end = performance.now() + limit * 1000; performance.now() < end; await delay(20)) {
    try {
      return await logIn(login, 5000);
    } catch (error) {
      reason = error;
    }
  }
  throw new Error(`no login within ${limit} s`, { cause: reason });
}
