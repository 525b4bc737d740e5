// The program that delivers releases, up to what it asks of a running service: see reload.test.ts for that.
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { prosodyImage } from "./image.ts";
import { certificate, domain, release } from "./release.ts";
import { Site } from "./site.ts";
import type { Files } from "./tar.ts";

let image: string;
let good: Files;
const sites: Site[] = [];

function newSite(): Site {
  const site = new Site(image);
  sites.push(site);
  return site;
}

beforeAll(async () => {
  image = await prosodyImage();
  good = await release();
}, 300_000);
afterEach(() => Promise.all(sites.splice(0).map((site) => site.remove())));
afterAll(() => expect(sites).toEqual([]));

describe("a release that is in order", () => {
  test("is put in force, readable for nobody else, and is unchanged when it comes again", async () => {
    const site = newSite();
    const first = await site.deliver(good);
    expect(first.last).toMatch(/^delivered [0-9a-f]{16}: read at the next start$/);
    expect(first.exitCode).toBe(0);
    expect(await site.current()).toBe(first.hash);
    const modes = await site.lua(`
      local stat = require "posix.sys.stat"
      local release = "/config/current"
      for _, path in ipairs { "", "/prosody.cfg.lua", "/certs", "/certs/${domain}.key", "/secrets/admin-password" } do
        local found = stat.stat(release .. path)
        print(string.format("%o", found.st_mode & 4095), found.st_uid)
      end`);
    expect(modes.split("\n")).toEqual(["700\t5222", "400\t5222", "700\t5222", "400\t5222", "400\t5222"]);

    const before = await site.lua(`print(require "posix.sys.stat".stat("/config").st_mtime)`);
    const second = await site.deliver(good);
    expect(second).toMatchObject({ exitCode: 0, last: `unchanged ${first.hash}` });
    expect(await site.lua(`print(require "posix.sys.stat".stat("/config").st_mtime)`)).toBe(before);
  });

  test("is kept with the one before it, and no others", async () => {
    const site = newSite();
    const hashes = [];
    for (const comment of ["-- 1", "-- 2", "-- 3"]) hashes.push((await site.deliver(await release(comment))).hash);
    expect((await site.listing()).filter((path) => path.startsWith("/config/releases/"))).toEqual(
      hashes.slice(1).map((hash) => `/config/releases/${hash}`).sort(),
    );
  });

  test("may lie in a directory that kubelet fills", async () => {
    const inner = Object.fromEntries(Object.entries(good).map(([path, content]) => [`..2026_01_01/${path}`, content]));
    const links = { "..data": { link: "..2026_01_01" }, "prosody.cfg.lua": { link: "..data/prosody.cfg.lua" } };
    const site = newSite();
    const delivered = await site.deliver({ ...inner, ...links });
    expect(delivered.exitCode).toBe(0);
    expect(delivered.hash).toBe((await newSite().deliver(good)).hash);
  });
});

describe("a release that is not", () => {
  const without = (path: string): Files => Object.fromEntries(Object.entries(good).filter(([name]) => name !== path));
  const config = (): string => good["prosody.cfg.lua"] as string;

  const cases: [string, () => Files | Promise<Files>, RegExp][] = [
    ["bad Lua", () => ({ ...good, "prosody.cfg.lua": `${config()}\nx = = 1\n` }), /prosody\.cfg\.lua:\d+: unexpected symbol/],
    ["a missing secret", () => without("secrets/admin-password"), /prosody\.cfg\.lua:\d+: secrets\/admin-password: No such file/],
    ["an included file that is missing", () => ({ ...good, "prosody.cfg.lua": `${config()}\nInclude "more.cfg.lua"` }), /more\.cfg\.lua: No such file/],
    ["an option in the wrong place", () => ({ ...good, "prosody.cfg.lua": `${config()}\n\tc2s_ports = { 1 }\n` }), /move the following option: c2s_ports/],
    ["the wrong key", async () => ({ ...good, [`certs/${domain}.key`]: (await certificate(domain)).key }), /certs\/xmpp\.test\.key is not the key of/],
    ["no key", () => without(`certs/${domain}.key`), /certs\/xmpp\.test\.crt has no key/],
    ["a key without its certificate", () => without(`certs/${domain}.crt`), /certs\/xmpp\.test\.key has no certificate/],
    ["an expired certificate", async () => release("", await certificate(domain, 0)), /certificate 1 expired on \d{4}-\d\d-\d\d/],
    ["half a certificate", () => ({ ...good, [`certs/${domain}.crt`]: (good[`certs/${domain}.crt`] as string).slice(0, 200) }), /certs\/xmpp\.test\.crt/],
    ["a chain of strangers", async () => ({ ...good, [`certs/${domain}.crt`]: `${good[`certs/${domain}.crt`] as string}${(await certificate("other.test")).certificate}` }), /certificate 1 is not issued by/],
    ["a symbolic link", () => ({ ...good, "more.cfg.lua": { link: "/etc/passwd" } }), /more\.cfg\.lua is neither a file nor a directory/],
    ["a link out of the tree in kubelet's place", () => ({ ...good, "..data": { link: "/etc" } }), /\.\.data is not a name/],
    ["an unsafe name", () => ({ ...good, "a\nb": "" }), /^refused: a b is not a name for a file/],
    ["nothing", () => ({}), /nothing is staged/],
  ];

  test.each(cases)("with %s is refused, and the old one stays", async (_, files, reason) => {
    const site = newSite();
    const { hash } = await site.deliver(good);
    const before = await site.listing();
    const refused = await site.deliver(await files());
    expect(refused.last).toMatch(/^refused: /);
    expect(refused.last).toMatch(reason);
    expect(refused.exitCode).toBe(3);
    expect(await site.current()).toBe(hash);
    expect(await site.listing()).toEqual(before);
  });
});

describe("after a delivery was killed", () => {
  test("while it wrote, the next one clears that away", async () => {
    const site = newSite();
    const { hash } = await site.deliver(good);
    await site.lua(`
      local stat = require "posix.sys.stat"
      stat.mkdir("/config/releases/.incoming-0123456789abcdef")
      stat.mkdir("/config/releases/.incoming-0123456789abcdef/certs")
      io.open("/config/releases/.incoming-0123456789abcdef/certs/a.crt", "w"):write("half")
      require "posix.unistd".link("releases/none", "/config/.new-link", true)`);
    expect((await site.deliver(good)).last).toBe(`unchanged ${hash}`);
    expect((await site.listing()).filter((path) => /incoming|new-link/.test(path))).toEqual([]);
  });

  test("before its checks, what it had written is not believed", async () => {
    const site = newSite();
    const next = await release("-- next");
    const { hash } = await newSite().deliver(next);
    await site.deliver(good);
    await site.lua(`
      require "posix.sys.stat".mkdir("/config/releases/${hash}")
      io.open("/config/releases/${hash}/prosody.cfg.lua", "w"):write("not what that hash stands for")`);
    expect((await site.deliver(next)).hash).toBe(hash);
    expect(await site.lua(`print(io.open("/config/current/prosody.cfg.lua"):read("a"):match("[^\\n]*$"))`)).toBe("-- next");
  });

  test("after its switch with the service down, the next one takes that over", async () => {
    const site = newSite();
    const old = await site.deliver(good);
    const next = await site.deliver(await release("-- next"));
    await site.lua(`require "posix.unistd".link("releases/${old.hash}", "/config/.pending", true)`);
    const third = await site.deliver(good);
    expect(third.last).toBe(`delivered ${old.hash}: read at the next start`);
    expect(third.output).toContain(`an earlier delivery of ${next.hash} was interrupted`);
    expect(await site.listing()).not.toContain("/config/.pending");
  });
});

test("two deliveries do not get in each other's way", async () => {
  const site = newSite();
  const results = await Promise.all(["-- a", "-- b", "-- c"].map(async (comment) => site.deliver(await release(comment))));
  expect(results.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0]);
  expect(results.map(({ hash }) => hash)).toContain(await site.current());
});
