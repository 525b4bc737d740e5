// What is in the image, and what is not.
import { execa } from "execa";
import { readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { coturnImageSource } from "../../components/coturn/coturn.ts";
import { nginxImageSource } from "../../components/nginx/nginx.ts";
import { redisImageSource } from "../../components/redis/redis.ts";
import { assetsPath } from "../../components/web-client/assets.ts";
import { builtImage } from "../setup/built-image.ts";
import { docker, dockerOutput } from "./docker.ts";
import { base, imageSources, prosodyImage } from "./image.ts";

interface Entry {
  readonly mode: string;
  readonly path: string;
}

let image: string;
let files: Entry[];

beforeAll(async () => {
  image = await prosodyImage();
  files = await contentOf(image);
}, 300_000);

async function contentOf(image: string): Promise<Entry[]> {
  const container = (await dockerOutput(["create", image])).trim();
  const { stdout } = await execa({ shell: true })`docker export ${container} | tar -tv`;
  await docker(["rm", container]);
  return stdout.split("\n").map((line) => {
    const [mode = "", , , , , path = ""] = line.split(/\s+/);
    return { mode, path };
  });
}

/** Paths of programs, and of files that would raise somebody's rights. */
function powers(content: readonly Entry[]): { readonly programs: string[]; readonly raising: string[] } {
  const regular = content.filter(({ mode }) => mode.startsWith("-"));
  const programs = content.filter(({ path }) => /^(usr\/)?(local\/)?s?bin\/./.test(path)).map(({ path }) => path);
  return { programs: programs.toSorted(), raising: regular.filter(({ mode }) => /s/i.test(mode)).map(({ path }) => path) };
}

const inImage = (...command: string[]) =>
  docker(["run", "--rm", "--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--network", "none", image, ...command]);

const advice = "; run: npm run images -- refresh";

function nameAndVersion(line: string): [string, string] {
  const [name = "", version = ""] = line.split(" ");
  return [name, version];
}

/** What the build of an image with these packages has to say of its lock, sorted. */
function differences(lock: ReadonlyMap<string, string>, installed: ReadonlyMap<string, string>): string[] {
  const present = [...installed].flatMap(([name, version]) => {
    const wanted = lock.get(name);
    if (wanted === version) return [];
    return [`${wanted === undefined ? `lacks ${name}` : `wanted ${name} ${wanted}`}, the archive has ${version}`];
  });
  const gone = [...lock].filter(([name]) => !installed.has(name)).map(([name, version]) => `wanted ${name} ${version}, no package needs it any more`);
  return [...present, ...gone].map((text) => `packages.lock: ${text}${advice}`).toSorted();
}

describe("the image", () => {
  test("is small", async () => {
    const size = Number(await dockerOutput(["image", "inspect", "--format", "{{.Size}}", image]));
    expect(size).toBeLessThan(80e6);
  });

  test("has nobody who could do harm: no shell, no interpreter but Lua, no package manager, no compiler", () => {
    const programs = ["lua5.4", "luac5.4", "prosody", "prosody-migrator", "prosodyctl"].map((name) => `usr/bin/${name}`);
    expect(powers(files)).toEqual({ programs, raising: [] });
  });

  test("has no documentation but licences, no translations, no caches", () => {
    const paths = files.filter(({ mode }) => !mode.startsWith("d")).map(({ path }) => path);
    expect(paths.filter((path) => path.startsWith("usr/share/doc/") && !path.endsWith("/copyright"))).toEqual([]);
    expect(paths.filter((path) => /^(usr\/share\/(man|locale|info)|var\/cache|var\/lib\/apt|usr\/include)\//.test(path))).toEqual([]);
  });

  // The archive moves on without this checkout: what it no longer has is built with what it has, and said.
  test("has exactly the packages of packages.lock, except for the differences that it names", async () => {
    const lock = new Map((await readFile(join(imageSources, "packages.lock"), "utf8")).split("\n").filter((line) => /^[^#]/.test(line)).map(nameAndVersion));
    const code = `
      for name in require "lfs".dir("/var/lib/dpkg/status.d") do
        local file = io.open("/var/lib/dpkg/status.d/" .. name):read("a")
        if name:match("^%w") then print(file:match("Package: (%S+)") .. " " .. file:match("\\nVersion: (%S+)")) end
      end`;
    const { output } = await inImage("/usr/bin/lua5.4", "-e", code);
    const installed = new Map(output.split("\n").map(nameAndVersion));
    expect([...installed.keys()]).toEqual(expect.arrayContaining(["prosody", "lua5.4", "libc6"]));
    const named = await inImage("/usr/bin/lua5.4", "-e", `io.write(io.open("/usr/share/stack/lock-differences"):read("a"))`);
    expect({ ...named, output: named.output.split("\n").filter(Boolean).toSorted() }).toEqual({ exitCode: 0, output: differences(lock, installed) });
  });

  test("runs as its own user, who owns the places it works in", async () => {
    expect(await dockerOutput(["image", "inspect", "--format", "{{.Config.User}}", image])).toBe("5222:5222");
    const code = `
      local stat = require "posix.sys.stat"
      for _, path in ipairs { "/config", "/answers", "/staged", "/run/prosody", "/var/lib/prosody", "/tmp" } do
        local found = stat.stat(path)
        print(path, found.st_uid, found.st_gid, string.format("%o", found.st_mode & 4095))
      end
      print(require "posix.pwd".getpwuid(5222).pw_name)`;
    const { output } = await inImage("/usr/bin/lua5.4", "-e", code);
    expect(output.split("\n").map((line) => line.split("\t").join(" "))).toEqual([
      "/config 5222 5222 700", "/answers 5222 5222 700", "/staged 5222 5222 700", "/run/prosody 5222 5222 700",
      "/var/lib/prosody 5222 5222 700", "/tmp 0 0 1777", "prosody",
    ]);
  });

  test("trusts the public authorities, as a bundle and by hash", async () => {
    const code = `
      local bundle = io.open("/etc/ssl/certs/ca-certificates.crt"):read("a")
      print(select(2, bundle:gsub("BEGIN CERTIFICATE", "")) > 100)
      local hashes, broken = 0, 0
      for name in require "lfs".dir("/etc/ssl/certs") do
        if name:match("^%x+%.%d$") then
          hashes = hashes + 1
          if not io.open("/etc/ssl/certs/" .. name) then broken = broken + 1 end
        end
      end
      print(hashes > 100, broken)`;
    const { output } = await inImage("/usr/bin/lua5.4", "-e", code);
    expect(output).toBe("true\ntrue\t0");
  });

  test("loads every library that Prosody may ask for", async () => {
    const names = ["DBI", "lunbound", "lualdap", "openssl.x509", "posix", "ssl", "lxp", "lfs", "socket.unix"];
    const { exitCode, output } = await inImage("/usr/bin/lua5.4", ...names.flatMap((name) => ["-l", name]), "-e",
      `local DBI = require "DBI" print(table.concat(DBI.Drivers(), " "))`);
    expect(output).toMatch(/PostgreSQL/);
    expect(output).toMatch(/SQLite3/);
    expect(exitCode).toBe(0);
  });

  test("has our modules and the user's beside Prosody's", () => {
    const modules = files.map(({ path }) => path).filter((path) => /modules\/mod_(stack_|of_the_user)/.test(path));
    const ours = readdirSync(join(imageSources, "modules")).filter((name) => name.startsWith("mod_"));
    expect(ours).toContain("mod_stack_reload.lua");
    expect(modules.map((path) => path.replace(/.*\//, "")).sort()).toEqual(["mod_of_the_user.lua", ...ours].sort());
  });
});

describe("the image of Nginx", () => {
  let front: string;
  beforeAll(async () => {
    front = await builtImage(nginxImageSource());
  }, 300_000);

  test("is small, runs as its own user, and has no program but Nginx and Lua", async () => {
    const [size, user] = (await dockerOutput(["image", "inspect", "--format", "{{.Size}} {{.Config.User}}", front])).trim().split(" ");
    expect(Number(size)).toBeLessThan(30e6);
    expect(user).toBe("5443:5443");
    const content = await contentOf(front);
    expect(powers(content)).toEqual({ programs: ["usr/bin/lua5.4", "usr/bin/luac5.4", "usr/sbin/nginx"], raising: [] });
    expect(content.map(({ path }) => path)).toEqual(expect.arrayContaining(["usr/lib/nginx/modules/ngx_stream_module.so", `usr/share/web${assetsPath.replace("/converse", "")}/converse.min.js`]));
    expect(content.filter(({ path }) => /^etc\/nginx\/./.test(path)).map(({ path }) => path)).toEqual(["etc/nginx/mime.types"]);
  });
});

describe.each([
  ["Coturn", coturnImageSource, "5349:5349", "usr/bin/turnserver"],
  ["Redis", redisImageSource, "6379:6379", "usr/bin/redis-server"],
])("the image of %s", (_name, source, owner, server) => {
  test("is small, runs as its own user, and has no program but its server and Lua", async () => {
    const built = await builtImage(source());
    const [size, user] = (await dockerOutput(["image", "inspect", "--format", "{{.Size}} {{.Config.User}}", built])).trim().split(" ");
    expect(Number(size)).toBeLessThan(30e6);
    expect(user).toBe(owner);
    expect(powers(await contentOf(built))).toEqual({ programs: ["usr/bin/lua5.4", "usr/bin/luac5.4", server].toSorted(), raising: [] });
  }, 300_000);
});

test("a build whose lock is behind the archive goes on with the archive's version, and says so", async () => {
  const script = `
    set -e
    echo lua5.4 > /tmp/list
    /base/resolve-packages /tmp/list > /tmp/archive
    sed -e '/^libtinfo6 /d' -e 's/^lua5.4 .*/lua5.4 5.4.0-0/' /tmp/archive > /tmp/lock
    echo 'libgone1 1.0' >> /tmp/lock
    /base/choose-versions /tmp/lock /tmp/archive /tmp/differences > /tmp/chosen 2> /tmp/printed
    cmp /tmp/chosen /tmp/archive
    cmp /tmp/printed /tmp/differences
    cat /tmp/differences`;
  const output = await dockerOutput(["run", "--rm", "-v", `${base}:/base:ro`, "debian:trixie-slim", "sh", "-c", script]);
  expect(output.split("\n")).toEqual([
    expect.stringMatching(new RegExp(`^packages.lock: lacks libtinfo6, the archive has \\S+${advice}$`)),
    expect.stringMatching(new RegExp(`^packages.lock: wanted lua5.4 5.4.0-0, the archive has \\S+${advice}$`)),
    `packages.lock: wanted libgone1 1.0, no package needs it any more${advice}`,
  ]);
});
