// Paths of a release as keys of a ConfigMap or Secret.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { keyOf, pathOf } from "../../../platform/kubernetes/keys.ts";
import { anyKey, anyPath } from "../../setup/release-paths.ts";

describe("the key of a path", () => {
  test.each([
    ["settings.lua", "settings.lua"],
    ["certs/xmpp.localhost.crt", "certs..xmpp.localhost.crt"],
    ["secrets/admin-password.admin@example.org", "secrets..admin-password.admin_40example.org"],
    ["stack/01-transport/read_timeout.cfg.lua", "stack..01-transport..read_5Ftimeout.cfg.lua"],
    ["web/ü €", "web.._C3_BC_20_E2_82_AC"],
  ])("%j is %s, and can be read back", (path, key) => {
    expect(keyOf(path)).toBe(key);
    expect(pathOf(key)).toBe(path);
  });

  test.each(["", "/", "/a", "a/", "a//b", ".", "..", ".hidden", "a/.hidden", "../a", "a/../b", "a..b", "a.", "a./b", "a\nb", "a\u0085b", "a\\b", "a\ud800"])("%j has none", (path) => {
    expect(() => keyOf(path)).toThrow("is no path for a file of a release");
  });

  test("may have 253 characters", () => {
    expect(keyOf("a".repeat(253))).toHaveLength(253);
    expect(() => keyOf("a".repeat(254))).toThrow("254 characters, at most 253 are possible");
    expect(() => keyOf("ü".repeat(43))).toThrow("258 characters");
  });

  test("is read back as the path", () => {
    fc.assert(fc.property(anyPath, (path) => pathOf(keyOf(path)) === path));
  });

  test("is one that Kubernetes takes", () => {
    // IsConfigMapKey of k8s.io/apimachinery/pkg/util/validation
    fc.assert(fc.property(anyPath, (path) => /^(?!\.\.)(?!\.$)[-._a-zA-Z0-9]{1,253}$/.test(keyOf(path))));
  });

  test("is no other path's", () => {
    fc.assert(fc.property(anyPath, anyPath, (one, other) => one === other || keyOf(one) !== keyOf(other)));
  });
});

describe("what is no key", () => {
  test.each(["", "a_zz", "a_4", "a_", "a_4f", "_61", "a_2Fb", "a_2E_2Eb", "a/b", "a b", "a....b", "..a", "a..", "a...b", ".a", "a.", "a_00", "a_C2_85", "a_5C", "a_FF", "Ła"])("%j is refused", (key) => {
    expect(() => pathOf(key)).toThrow("is no key for a file of a release");
  });

  test("is refused, or it is the key of what it is read as", () => {
    fc.assert(
      fc.property(anyKey, (key) => {
        let path: string;
        try {
          path = pathOf(key);
        } catch {
          return true;
        }
        return keyOf(path) === key;
      }),
    );
  });
});
