// Which ports the machine has to have free for a stack, and how addresses name them.
import { describe, expect, test } from "vitest";
import { boundPorts, portInUrl } from "../../../settings/ports.ts";
import { settingsFrom } from "./parsed.ts";

const all = { c2s: 5222, c2sDirectTls: 5223, s2s: 5269, s2sDirectTls: 5270, https: 443, http: 80, proxy65: 5000 };
const bound = (given: Readonly<Record<string, unknown>>) => boundPorts(settingsFrom(given));
const without = (...names: (keyof typeof all)[]) => Object.fromEntries(Object.entries(all).filter(([name]) => !names.includes(name as keyof typeof all)));

describe("ports that the stack listens on", () => {
  test("are all that are published, whatever their number", () => {
    expect(bound({})).toEqual(all);
    expect(bound({ publish: { c2s: 15222, https: 8443 } })).toEqual({ ...all, c2s: 15222, https: 8443 });
  });
  test.each(["c2s", "c2sDirectTls", "s2s", "s2sDirectTls", "http", "proxy65"] as const)("are not %s where that is 0", (name) => {
    expect(bound({ publish: { [name]: 0 } })).toEqual(without(name));
  });
  test("are neither of the front's without HTTPS", () => {
    expect(bound({ publish: { https: 0 } })).toEqual(without("https", "http"));
  });
  test("are plain HTTP alone of the front's behind another proxy, which has HTTPS", () => {
    expect(bound({ front: { behindProxy: ["192.0.2.1"] } })).toEqual(without("https"));
  });
  test("may be none", () => {
    expect(bound({ publish: Object.fromEntries(Object.keys(all).map((name) => [name, 0])) })).toEqual({});
  });
});

test.each([[443, ""], [8443, ":8443"], [80, ":80"], [4430, ":4430"]])("port %i is %j in a URL of HTTPS", (port, text) => expect(portInUrl(port)).toBe(text));
