// Paths of a release as keys of a ConfigMap.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { keyOf, pathOf } from "../../../platform/kubernetes/keys.ts";

describe("the key of a path", () => {
  test.each([
    ["settings.lua", "settings.lua"],
    ["certs/xmpp.localhost.crt", "certs..xmpp.localhost.crt"],
    ["secrets/admin-password.admin@example.org", "secrets..admin-password.admin_40example.org"],
    ["stack/01-transport/read_timeout.cfg.lua", "stack..01-transport..read_5Ftimeout.cfg.lua"],
    ["web/ü", "web.._C3_BC"],
  ])("%s is %s, and can be read back", (path, key) => {
    expect(keyOf(path)).toBe(key);
    expect(pathOf(key)).toBe(path);
  });

  test.each(["", "/a", "a/", "a//b", ".hidden", "a/.hidden", "a..b", "a./b", "../a", "a\nb"])("%j has none", (path) => {
    expect(() => keyOf(path)).toThrow("is no path for a file of a release");
  });

  test("that is too long is refused", () => {
    expect(keyOf("a".repeat(253))).toHaveLength(253);
    expect(() => keyOf("a".repeat(254))).toThrow("254 characters");
  });

  test("is one that Kubernetes takes, is read back, and is no other path's", () => {
    const part = fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 }).filter((text) => !/[/\p{Cc}]|^\.|\.$|\.\./u.test(text) && text === Buffer.from(text, "utf8").toString("utf8"));
    const path = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("/"));
    fc.assert(
      fc.property(path, (one) => {
        fc.pre(Buffer.byteLength(one) < 80);
        const key = keyOf(one);
        expect(key).toMatch(/^(?!\.\.?$)(?!\.\.)[-._a-zA-Z0-9]+$/);
        expect(pathOf(key)).toBe(one);
      }),
    );
  });
});
