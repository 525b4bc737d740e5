// The kinds of values that settings have, each with what is expected of it.
import { z } from "zod";
import { bareJid, domainName } from "./names.ts";
import { isNetwork, isSubnet } from "./subnets.ts";
import { bytes, seconds } from "./units.ts";

export const text = (expected: string) => z.string({ error: expected });
export const wholeNumber = (min: number, max: number) => {
  const error = `a whole number from ${min} to ${max}`;
  return z.int({ error }).min(min, { error }).max(max, { error });
};
export const yesOrNo = z.boolean({ error: "true or false" });
export const oneOf = <const T extends readonly [string, ...string[]]>(...values: T) =>
  z.enum(values, { error: `one of ${values.join(", ")}` });
export const group = <T extends z.core.$ZodLooseShape>(shape: T) =>
  z.strictObject(shape, {
    error: (issue) => (issue.code === "invalid_type" ? `an object with ${Object.keys(shape).join(", ")}` : undefined),
  });
export const parsed = <T>(expected: string, parse: (value: string) => T | undefined) =>
  text(expected).transform((value, context): T => {
    const result = parse(value);
    if (result !== undefined) return result;
    context.issues.push({ code: "custom", message: expected, input: value });
    return z.NEVER;
  });

const more = (value: number | undefined) => (value === 0 ? undefined : value);
export const size = parsed('a size such as "10MB"', (value) => more(bytes(value)));
export const duration = parsed('a duration such as "30s", "12h", "30d" or "1y"', (value) => more(seconds(value)));
export const retention = parsed('a duration such as "30d" or "1y", or "never" to keep everything', (value) =>
  value === "never" ? ("never" as const) : more(seconds(value)),
);
export const color = text('a colour such as "#387592"').regex(/^#[0-9a-f]{6}$/i, { error: 'a colour such as "#387592"' });
export const rate = text('a rate such as "10kb/s"').regex(/^(?=[^kMbB]*[1-9])\d+(\.\d+)? ?[kM]?[bB]\/s$/, { error: 'a rate such as "10kb/s"' });
export const domain = parsed('a domain name such as "xmpp.example.org"', domainName);
export const jid = parsed('a bare JID such as "admin@xmpp.example.org"', bareJid);
export const subnet = text('a private IPv4 subnet such as "172.30.10.0/24"').refine((value) => isSubnet(value, 4), {
  error: 'a private IPv4 subnet such as "172.30.10.0/24"',
});
export const subnet6 = text('a private IPv6 subnet such as "fd00:30:10::/64"').refine((value) => isSubnet(value, 6), {
  error: 'a private IPv6 subnet such as "fd00:30:10::/64"',
});
export const address = text('an IP address or a subnet such as "10.0.0.0/8"').refine(isNetwork, { error: 'an IP address or a subnet such as "10.0.0.0/8"' });
export const portText = "a port from 1 to 65535, or 0 to publish none";
export const port = z.int({ error: portText }).min(0, { error: portText }).max(65535, { error: portText });
export const passwordText = "a password of at least 8 characters, without newlines and other control characters";
export const moduleName = text("a module name such as \"muc_search\"").regex(/^[a-z0-9_]+$/, {
  error: 'a module name without "mod_", such as "muc_search"',
});
export const perHost = z.record(z.string(), z.array(moduleName, { error: "a list of module names" }), {
  error: 'an object of host names ("*" for every domain) and module lists',
});
