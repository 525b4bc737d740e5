// Names, JIDs, units and subnets: which texts are one, and what they mean.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { adminsOf, hostsOf, jidText, namesOf } from "../../../settings/hosts.ts";
import { bareJid, domainName, fileNameOf } from "../../../settings/names.ts";
import { isLoopback, isNetwork, isSubnet, overlap } from "../../../settings/subnets.ts";
import { bytes, seconds } from "../../../settings/units.ts";
import { settingsFrom } from "./parsed.ts";

describe("domain names", () => {
  test.each([
    ["xmpp.example.org", "xmpp.example.org", "xmpp.example.org"],
    ["XMPP.Example.org", "xmpp.example.org", "xmpp.example.org"],
    ["bücher.example", "bücher.example", "xn--bcher-kva.example"],
    ["BÜCHER.example", "bücher.example", "xn--bcher-kva.example"],
    ["xn--bcher-kva.example", "bücher.example", "xn--bcher-kva.example"],
    ["bu\u0308cher.example", "bücher.example", "xn--bcher-kva.example"],
    ["例え.テスト", "例え.テスト", "xn--r8jz45g.xn--zckzah"],
    ["localhost", "localhost", "localhost"],
    ["a".repeat(63), "a".repeat(63), "a".repeat(63)],
  ])("%s", (text, unicode, ascii) => expect(domainName(text)).toEqual({ unicode, ascii }));

  test.each(["", ".", "a b", "a..b", ".a", "a.", "-a.example", "a-.example", "a_b.example", "a.example:5222", "a.example/x", "user@a.example", "192.0.2.1", "::1", "[::1]", "0x7f000001", "a.123", "a\nb", "xn--\u{fffd}.example", `${"a".repeat(64)}.example`, Array(64).fill("abc").join("."), "a#b", "a?b", "a\\b"])(
    "%.40j is none",
    (text) => expect(domainName(text)).toBeUndefined(),
  );

  test("a name that is one has two forms that are each other's", () => {
    fc.assert(
      fc.property(fc.domain(), (text) => {
        const name = domainName(text);
        fc.pre(name !== undefined);
        expect(domainName(name.unicode)).toEqual(name);
        expect(domainName(name.ascii)).toEqual(name);
      }),
    );
  });
});

describe("JIDs", () => {
  test.each([
    ["admin@a.example", "admin@a.example", "admin@a.example"],
    ["Admin@A.example", "admin@a.example", "admin@a.example"],
    ["jürgen@bücher.example", "jürgen@bücher.example", "j%C3%BCrgen@xn--bcher-kva.example"],
    ["a*b!c@a.example", "a*b!c@a.example", "a%2Ab!c@a.example"],
    ["a%2fb@a.example", "a%2fb@a.example", "a%252fb@a.example"],
  ])("%s", (text, jid, file) => {
    const parsed = bareJid(text)!;
    expect(jidText(parsed)).toBe(jid);
    expect(fileNameOf(parsed)).toBe(file);
  });

  test.each(["", "admin", "@a.example", "admin@", "admin@a.example/phone", "a b@a.example", "a@b@a.example", "a/b@a.example", "a:b@a.example", "a'b@a.example", 'a"b@a.example', "a<b@a.example", "a\u0000b@a.example", `${"é".repeat(512)}@a.example`])(
    "%.40j is none",
    (text) => expect(bareJid(text)).toBeUndefined(),
  );

  test("no two usernames share a file, and none leaves its directory", () => {
    const usernames = fc.string({ unit: "grapheme", minLength: 1 });
    fc.assert(
      fc.property(usernames, usernames, (one, other) => {
        const [a, b] = [bareJid(`${one}@a.example`), bareJid(`${other}@a.example`)];
        fc.pre(a !== undefined && b !== undefined);
        expect(fileNameOf(a)).not.toMatch(/[/\0\s]/);
        expect(fileNameOf(a) === fileNameOf(b)).toBe(a.username === b.username);
      }),
    );
  });
});

describe("hosts", () => {
  test("components hang below their domain, in the form of the domain", () => {
    const [domain] = settingsFrom({ domains: [{ name: "bücher.example", upload: "files.example" }] }).domains;
    expect(namesOf(hostsOf(domain!)).map(({ unicode }) => unicode)).toEqual(["bücher.example", "conference.bücher.example", "files.example", "pubsub.bücher.example", "proxy.bücher.example"]);
    expect(hostsOf(domain!).rooms.ascii).toBe("conference.xn--bcher-kva.example");
  });
  test("the administrators are those that are set, or admin@ each domain", () => {
    const domains = [{ name: "a.example" }, { name: "bücher.example" }];
    expect(adminsOf(settingsFrom({ domains })).map(jidText)).toEqual(["admin@a.example", "admin@bücher.example"]);
    expect(adminsOf(settingsFrom({ domains, admins: ["Boss@a.example"] })).map(jidText)).toEqual(["boss@a.example"]);
  });
});

describe("sizes", () => {
  test.each([["0B", 0], ["1B", 1], ["1kB", 1e3], ["1KiB", 1024], ["10MB", 1e7], ["10 MB", 1e7], ["1.5MiB", 1572864], ["1GB", 1e9], ["2GiB", 2 ** 31], ["1TB", 1e12], ["1TiB", 2 ** 40]])("%s", (text, value) => expect(bytes(text)).toBe(value));
  test.each(["", "10", "MB", "-1MB", "10mb", "10Mb", "1KB", "1kiB", "1iB", "1e3B", "1 MB ", "1,5MB", "1.MB", "10MB/s"])("%j is none", (text) => expect(bytes(text)).toBeUndefined());
});

describe("durations", () => {
  test.each([["0s", 0], ["30s", 30], ["10min", 600], ["12h", 43200], ["30d", 2592000], ["30 d", 2592000], ["2w", 1209600], ["1mo", 2678400], ["1y", 31556952]])("%s", (text, value) => expect(seconds(text)).toBe(value));
  test.each(["", "30", "s", "-1s", "1.5h", "1m", "1M", "30 days", "1h30min", "1e3s", "PT1H"])("%j is none", (text) => expect(seconds(text)).toBeUndefined());
});

describe("subnets", () => {
  test.each<[string, 4 | 6]>([["172.30.10.0/24", 4], ["10.0.0.0/8", 4], ["172.16.0.0/12", 4], ["192.168.0.0/29", 4], ["fd00:30:10::/64", 6], ["fc00::/16", 6], ["fd00::/120", 6]])("%s is one of IPv%s", (text, version) => expect(isSubnet(text, version)).toBe(true));
  test.each<[string, 4 | 6]>([
    ["172.30.10.0/24", 6], ["fd00::/64", 4], ["172.30.10.0", 4], ["172.30.10.0/", 4], ["172.30.10.0/7", 4], ["172.30.10.0/30", 4], ["172.30.10.0/x", 4], ["8.8.8.0/24", 4],
    ["172.32.0.0/24", 4], ["2001:db8::/64", 6], ["fe80::/64", 6], ["fd00::/15", 6], ["fd00::/121", 6], ["", 4], ["/24", 4], ["a.example/24", 4],
    ["172.30.10.0/24/8", 4], ["172.30.10.5/24", 4], ["172.16.0.0/8", 4], ["fd00::1/64", 6], ["167772160/8", 4], ["0x0a000000/8", 4], ["fd00::%1/64", 6],
  ])("%s is none of IPv%s", (text, version) => expect(isSubnet(text, version)).toBe(false));

  test.each([
    ["172.30.10.0/24", "172.30.10.0/24", true],
    ["172.30.10.0/24", "172.30.10.128/25", true],
    ["172.30.10.128/25", "172.30.0.0/16", true],
    ["172.30.10.0/24", "172.30.11.0/24", false],
    ["172.30.10.0/25", "172.30.10.128/25", false],
    ["fd00:1::/64", "fd00:1::/48", true],
    ["fd00:1::/64", "fd00:2::/64", false],
    ["10.0.0.0/8", "fd00::/16", false],
  ])("%s and %s overlap: %s", (one, other, expected) => {
    expect(overlap(one, other)).toBe(expected);
    expect(overlap(other, one)).toBe(expected);
  });

  test.each(["10.0.0.0/8", "10.0.0.5/8", "203.0.113.0/24", "0.0.0.0/0", "192.0.2.1", "192.0.2.1/32", "::/0", "2001:db8::/32", "::1", "::1/128", "fe80::1", "::ffff:192.0.2.1"])("%s is an address or a subnet", (text) => expect(isNetwork(text)).toBe(true));
  test.each(["", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/x", "10.0.0.0/8/8", "::/129", "10.0.0.0/255.0.0.0", "a.example", "a.example/24", "1", "10.1", "10/8", "010.0.0.1", "0x0a.0.0.1", "167772160/8", "fe80::1%eth0", "fe80::%1/64", "[::1]", "192.0.2.1:80", " 192.0.2.1", "192.0.2.1\n"])(
    "%j is neither",
    (text) => expect(isNetwork(text)).toBe(false),
  );

  test.each([["127.0.0.1", true], ["127.1.2.3", true], ["::1", true], ["0.0.0.0", false], ["::", false], ["192.168.0.1", false], ["127.example", false]])("%s is loopback: %s", (address, expected) => expect(isLoopback(address)).toBe(expected));
});
