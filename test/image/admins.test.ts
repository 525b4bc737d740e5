// The administrators' accounts are made at the first start, whatever the accounts are stored in.
import { afterEach, beforeAll, expect, test } from "vitest";
import { dockerOutput, eventually } from "./docker.ts";
import { prosodyImage } from "./image.ts";
import { adminPassword, domain, release } from "./release.ts";
import { Site } from "./site.ts";
import { canLogIn } from "./stream.ts";
import type { Files } from "./tar.ts";

let image: string;
let site: Site;

beforeAll(async () => {
  image = await prosodyImage();
}, 300_000);
afterEach(() => site.remove());

const role = async (username: string): Promise<string> =>
  (await site.exec("prosodyctl", "shell", "user", "role", `${username}@${domain}`)).output;

const sql = `\tstorage = "sql"\n\tsql = { driver = "SQLite3"; database = "prosody.sqlite" }\n`;

test.each([["files", ""], ["SQL", sql]])("accounts in %s", async (_, config) => {
  site = new Site(image);
  const first = await release(config);
  expect((await site.deliver(first)).exitCode).toBe(0);
  await site.start();
  const port = await site.port(5223);
  expect(await canLogIn(port, "admin", adminPassword)).toBe(true);
  expect(await role("admin")).toContain("prosody:admin");

  // A changed secret does not change the account's password, a role taken away comes back, a new one gets an account.
  await site.exec("prosodyctl", "shell", "user", "set_role", `admin@${domain}`, "prosody:registered");
  expect(await role("admin")).toContain("prosody:registered");
  const { "prosody.cfg.lua": text, ...others } = first;
  const named = `stack_admins = { { username = "admin"; password = "another" }, { username = "second"; password = "2nd" } }`;
  const changed = (text as string).replace(/stack_admins = .*/, named);
  expect((await site.deliver({ ...others, "prosody.cfg.lua": changed })).exitCode).toBe(0);
  expect(await canLogIn(port, "admin", "another")).toBe(false);
  expect(await canLogIn(port, "admin", adminPassword)).toBe(true);
  expect(await role("admin")).toContain("prosody:admin");
  expect(await canLogIn(port, "second", "2nd")).toBe(true);
  expect(await role("second")).toContain("prosody:admin");

  await dockerOutput(["restart", site.name]);
  await eventually("Prosody is back", async () => (await site.exec("lua5.4", "/usr/lib/stack/health.lua")).exitCode === 0);
  expect(await canLogIn(await site.port(5223), "admin", adminPassword)).toBe(true);
  const log = await site.log();
  expect(log).not.toContain(adminPassword);
  expect(log).not.toContain("another");
  expect(log.split("\n").filter((line) => /\b(warn|error)\b/.test(line) && !line.includes("SIGTERM"))).toEqual([]);
});

/** A release that names these administrators. */
async function naming(usernames: readonly string[], config: string): Promise<Files> {
  const { "prosody.cfg.lua": text, ...others } = await release(config);
  const admins = usernames.map((username) => `{ username = "${username}"; password = "first" };`);
  return { ...others, "prosody.cfg.lua": (text as string).replace(/stack_admins = .*/, `stack_admins = { ${admins.join(" ")} }`) };
}

test.each([["files", ""], ["SQL", sql]])("who is no longer named loses the role that came with it, with accounts in %s", async (_, config) => {
  site = new Site(image);
  await site.deliver(await release(config));
  await site.start();
  for (const username of ["byhand", "later"]) {
    await site.exec("prosodyctl", "shell", "user", "create", `${username}@${domain}`, "password");
  }
  await site.exec("prosodyctl", "shell", "user", "set_role", `byhand@${domain}`, "prosody:admin");
  await site.deliver(await naming(["admin", "second", "third", "byhand"], config));
  for (const username of ["admin", "second", "third", "byhand"]) expect(await role(username)).toContain("prosody:admin");
  await site.exec("prosodyctl", "shell", "user", "set_role", `third@${domain}`, "prosody:operator");

  // After a restart too: what was given is remembered, not held in memory.
  await dockerOutput(["restart", site.name]);
  await eventually("Prosody is back", async () => (await site.exec("lua5.4", "/usr/lib/stack/health.lua")).exitCode === 0);
  await site.deliver(await naming(["later"], config));
  expect(await role("later")).toContain("prosody:admin");
  for (const username of ["admin", "second"]) {
    expect(await role(username)).toContain("prosody:registered");
    expect(await site.log()).toContain(`${username}@${domain} is no longer named as an administrator`);
  }
  expect(await role("byhand")).toContain("prosody:admin");
  expect(await role("third")).toContain("prosody:operator");
  expect(await canLogIn(await site.port(5223), "second", "first")).toBe(true);

  // It is forgotten with the role: whoever is made an administrator by hand afterwards stays one.
  await site.exec("prosodyctl", "shell", "user", "set_role", `second@${domain}`, "prosody:admin");
  await site.deliver(await naming([], config));
  expect(await role("later")).toContain("prosody:registered");
  expect(await role("second")).toContain("prosody:admin");
  expect((await site.log()).split("\n").filter((line) => /\b(warn|error)\b/.test(line) && !line.includes("SIGTERM"))).toEqual([]);
});

test("an operator is not made less", async () => {
  site = new Site(image);
  await site.deliver(await release());
  await site.start();
  await site.exec("prosodyctl", "shell", "user", "set_role", `admin@${domain}`, "prosody:operator");
  await site.deliver(await release("-- again"));
  expect(await role("admin")).toContain("prosody:operator");
});
