// The same server seen by a second client library, slixmpp: logging in and coming back, the roster, and what is refused.
import { afterAll, beforeAll, expect, test } from "vitest";
import { namesBelow } from "../setup/certificates.ts";
import { type Seen, slixSessions } from "./slix.ts";
import { TestStack } from "./stack.ts";

const domain = "one.test";
const stack = new TestStack("slixmpp", 1);
let seen: Seen;

beforeAll(async () => {
  await stack.up();
  seen = await slixSessions(stack, domain, ["dora", "emil"], "basics");
});

afterAll(() => stack.remove());

const names = namesBelow(domain).toSorted();

test("logs in with SCRAM-SHA-256 bound to the channel over STARTTLS, the certificate checked", () => {
  expect(seen.starttls).toEqual({ mechanism: "SCRAM-SHA-256-PLUS", tls: "TLSv1.2", certificate: names });
});

test("logs in with SCRAM-SHA-256 over direct TLS, the certificate checked", () => {
  expect(seen.direct_tls).toEqual({ mechanism: "SCRAM-SHA-256", tls: "TLSv1.3", certificate: names });
});

test("is refused with a wrong password", () => {
  expect(seen.wrong_password).toBe("not-authorized");
});

test("a second login under the same resource replaces the first", () => {
  expect(seen.conflict).toEqual({ first: "conflict", second: "desk" });
});

test("the roster: a contact is added and pushed under a version", () => {
  expect(seen.roster).toEqual({ pushed: [`emil@${domain}`], version: expect.stringMatching(/./) as string });
});

test("what cannot be answered comes back with the condition that RFC 6120 and RFC 6121 name", () => {
  expect(seen.errors).toEqual({
    "message to nobody": "service-unavailable",
    "request to nobody": "service-unavailable",
    "request to a session that is not there": "service-unavailable",
    "unknown request": "service-unavailable",
    "removing no contact": "item-not-found",
    "somebody else's roster": "service-unavailable",
  });
});

test("a lost connection is resumed, and what was sent meanwhile arrives", () => {
  expect(seen.resumption).toEqual({ same: true, to: true });
});

test("people change their own password; the old one is worth nothing then", () => {
  expect(seen.own_password).toEqual({ new: "logged in", old: "not-authorized" });
});
