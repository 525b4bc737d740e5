// Addresses that are told to people are ones they can connect to.
import { describe, expect, test } from "vitest";
import { endpoints } from "../../../scales/endpoints.ts";
import { settingsFrom } from "./parsed.ts";

const c2sOf = (addresses: string[], name = "a.example") => endpoints(settingsFrom({ domains: [{ name }, { name: "b.example" }], publish: { addresses } })).c2s;

describe("the host of an endpoint", () => {
  test.each([["127.0.0.1", "127.0.0.1:5222"], ["::1", "[::1]:5222"], ["192.0.2.1", "192.0.2.1:5222"]])("is the first address, %s", (address, expected) => {
    expect(c2sOf([address, "fd00::9"])).toBe(expected);
  });
  test.each(["0.0.0.0", "::", "0:0:0:0:0:0:0:0"])("is the first domain's name where that is %s, which nobody can connect to", (address) => {
    expect(c2sOf([address])).toBe("a.example:5222");
    expect(c2sOf([address], "bücher.example")).toBe("xn--bcher-kva.example:5222");
  });
});
