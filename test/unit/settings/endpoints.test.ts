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

describe("endpoints", () => {
  const of = (given: object) => endpoints(settingsFrom({ environment: "development", ...given }));
  const xmpp = { c2s: "127.0.0.1:5222", c2sDirectTls: "127.0.0.1:5223", s2s: "127.0.0.1:5269", s2sDirectTls: "127.0.0.1:5270", proxy65: "127.0.0.1:5000" };

  test("are all that is published, and what is on the web by its name, for which there is a certificate", () => {
    expect(of({})).toEqual({ ...xmpp, https: "127.0.0.1:443", http: "127.0.0.1:80", websocket: "wss://a.example/xmpp-websocket", web: "https://a.example/" });
    expect(of({ domains: [{ name: "bücher.example" }], publish: { https: 8443, http: 0 } })).toEqual({
      ...xmpp, https: "127.0.0.1:8443", websocket: "wss://xn--bcher-kva.example:8443/xmpp-websocket", web: "https://xn--bcher-kva.example:8443/",
    });
  });
  test("without the web client have no page", () => {
    expect(of({ webClient: { enabled: false } })).toEqual({ ...xmpp, https: "127.0.0.1:443", http: "127.0.0.1:80", websocket: "wss://a.example/xmpp-websocket" });
  });
  test("without HTTPS are XMPP's alone", () => expect(of({ publish: { https: 0 } })).toEqual(xmpp));
  test("behind a proxy have its HTTPS in addresses on the web alone, for the stack does not listen there", () => {
    const proxied = { front: { behindProxy: ["127.0.0.1"] } };
    expect(of({ ...proxied, publish: { http: 8080 } })).toEqual({ ...xmpp, http: "127.0.0.1:8080", websocket: "wss://a.example/xmpp-websocket", web: "https://a.example/" });
    expect(of({ ...proxied, publish: { https: 8443, http: 8080 } })).toMatchObject({ websocket: "wss://a.example:8443/xmpp-websocket", web: "https://a.example:8443/" });
  });
});
