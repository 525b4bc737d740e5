// What Redis and Coturn are given is checked before it is put in force: in their images, with no network and a read-only root.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { coturnImageSource } from "../../components/coturn/coturn.ts";
import { luaValue } from "../../components/prosody/lua.ts";
import { redisImageSource } from "../../components/redis/redis.ts";
import { builtImage } from "../setup/built-image.ts";
import { pair } from "../setup/certificates.ts";
import { docker } from "./docker.ts";
import { Staged } from "./staged.ts";
import type { Files } from "./tar.ts";

const staged = new Staged();
let images: Readonly<Record<"coturn" | "redis", string>>;

beforeAll(async () => {
  images = { coturn: await builtImage(coturnImageSource()), redis: await builtImage(redisImageSource()) };
}, 300_000);

afterAll(() => staged.remove());

/** Exit status and last line of the check. */
async function check(service: "coturn" | "redis", files: Files): Promise<string> {
  staged.put(files);
  const user = { coturn: 5349, redis: 6379 }[service];
  const memory = ["/config", "/answers", `/run/${service}`, "/tmp"].flatMap((path) => ["--tmpfs", `${path}:uid=${user},gid=${user},mode=0700`]);
  const { exitCode, output } = await docker(["run", "--rm", "--network", "none", "--read-only", "--cap-drop", "ALL", ...memory, "--volume", `${staged.directory}:/staged:ro`, images[service], "/usr/bin/lua5.4", "/usr/lib/stack/deliver.lua", "--check", "/staged"]);
  return `${exitCode} ${output.trimEnd().split("\n").at(-1)!.replace(/[0-9a-f]{16}$/, "<hash>")}`;
}

describe("Redis", () => {
  const good = { "redis.conf": "", "secrets/password": "abc123", "secrets/sets.lua": `return ${luaValue({ "turn/realm/one.test/secret": ["one", "two"] })}\n` };

  test("takes sets with members, and a password", async () => {
    expect(await check("redis", good)).toBe("0 checked <hash>");
  });

  test.each<[string, Files, string]>([
    ["an empty set", { "secrets/sets.lua": "return { x = {} }" }, "secrets/sets.lua: x has no members"],
    ["no table", { "secrets/sets.lua": "return 1" }, "secrets/sets.lua has no table of sets"],
    ["a program", { "secrets/sets.lua": 'return { x = { os.getenv("HOME") } }' }, "secrets/sets.lua has no table of sets"],
    ["no Lua", { "secrets/sets.lua": "{" }, "secrets/sets.lua is missing, or cannot be read"],
    ["a password that would be two words", { "secrets/password": "abc ~* +@all" }, "secrets/password is missing, or has other characters than letters and digits"],
  ])("refuses %s", async (_what, files, reason) => {
    expect(await check("redis", { ...good, ...files })).toBe(`3 refused: ${reason}`);
  });
});

describe("Coturn", () => {
  test("takes a certificate with its key, and refuses another's key and one that is over", async () => {
    const [one, other, old] = [await pair(["one.test"]), await pair(["one.test"]), await pair(["one.test"], { from: -2, to: -1 })];
    const files = (certificate: string, key: string) => ({ "turnserver.conf": "", "certs/one.test.crt": certificate, "certs/one.test.key": key });
    expect(await check("coturn", files(one.certificate, one.key))).toBe("0 checked <hash>");
    expect(await check("coturn", files(one.certificate, other.key))).toBe("3 refused: certs/one.test.key is not the key of certs/one.test.crt");
    expect(await check("coturn", files(old.certificate, old.key))).toMatch(/^3 refused: certs\/one\.test\.crt: certificate 1 expired on /);
  });
});
