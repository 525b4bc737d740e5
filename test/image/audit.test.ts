// The audit log: who did what, and neither a password nor a word of a message.
import { xml } from "@xmpp/client";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { trust } from "../../ops/xmpp-client.ts";
import { exampleRegistration } from "../config/example-settings.ts";
import { Session, submission } from "../e2e/client.ts";
import { authority, namesBelow, type Pair } from "../setup/certificates.ts";
import { dockerOutput, eventually } from "./docker.ts";
import { prosodyImage } from "./image.ts";
import { Site } from "./site.ts";
import { uploads, wholeDomain as domain, wholeRelease } from "./whole-release.ts";

vi.setConfig({ testTimeout: 60_000 });

type Entry = Readonly<Record<string, unknown>>;

const password = "correct horse battery";
const registration = exampleRegistration("invite");
let site: Site;
let pair: Pair;
let gateway: string;

beforeAll(async () => {
  const ca = await authority();
  trust(ca.certificate);
  pair = await ca.issue(namesBelow(domain));
  site = new Site(await prosodyImage());
  // Kept for 90 days: a file of longer ago is there when it starts.
  await site.lua(`local lfs = require "lfs" lfs.mkdir("/var/lib/prosody/audit")
    for _, day in ipairs { "2020-01-01", os.date("!%Y-%m-%d", os.time() - 80 * 86400) } do
      io.open("/var/lib/prosody/audit/audit-" .. day .. ".jsonl", "w"):close()
    end`);
  await site.deliver(wholeRelease(pair, { registration, log_format: "json" }), ...uploads);
  await site.start(true, ...uploads);
  gateway = (await dockerOutput(["inspect", "--format", "{{.NetworkSettings.Gateway}}", site.name])).trim();
}, 600_000);

afterEach(() => Session.closeAll());

afterAll(() => site.remove());

const shell = async (...words: string[]) => expect(await site.exec("prosodyctl", "shell", ...words)).toMatchObject({ exitCode: 0 });
const login = async (username: string, given = password) => Session.open({ service: `xmpp://127.0.0.1:${await site.port(5222)}`, domain, username, password: given, resource: "desk" });

async function text(): Promise<string> {
  return site.lua(`for name in require "lfs".dir("/var/lib/prosody/audit") do
    if name == os.date("!audit-%Y-%m-%d.jsonl") then print((io.open("/var/lib/prosody/audit/" .. name):read("a"))) end
  end`);
}

/** What was written since, without the times. */
async function entriesAfter(length: number): Promise<Entry[]> {
  const lines = (await text()).slice(length).split("\n").filter(Boolean);
  return lines.map((line) => {
    const { time, ...others } = JSON.parse(line) as Record<string, unknown>;
    expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(Math.abs(Date.parse(time as string) - Date.now())).toBeLessThan(60_000);
    return others;
  });
}

test("accounts, their passwords and roles, changed from the machine", async () => {
  const { length } = await text();
  const jid = `alice@${domain}`;
  await shell("user", "create", jid, password);
  await shell("user", "set_role", jid, "prosody:member");
  await shell("user", "password", jid, "another horse battery");
  await shell("user", "password", jid, password);
  await shell("user", "disable", jid);
  await shell("user", "enable", jid);
  const about = { host: domain, user: "alice", by: "shell" };
  const command = (name: string) => ({ event: "command", via: "shell", by: "shell", command: `user:${name}`, for: jid });
  const found = await entriesAfter(length);
  expect(found).toEqual(expect.arrayContaining([
    command("create"), { ...about, event: "account-created" },
    command("set_role"), { ...about, event: "role-changed", role: "prosody:member" },
    command("password"), { ...about, event: "password-changed" },
    command("disable"), { ...about, event: "account-disabled" },
    command("enable"), { ...about, event: "account-enabled" },
  ]));
});

test("logins, with mechanism, result and address", async () => {
  const { length } = await text();
  await login("alice");
  await expect(login("alice", "wrong")).rejects.toThrow("not-authorized");
  const about = { event: "login", host: domain, user: "alice", mechanism: "SCRAM-SHA-256", address: gateway };
  expect(await entriesAfter(length)).toEqual([{ ...about, result: "success" }, { ...about, result: "not-authorized" }]);
});

test("a user's own change of the password, and what an administrator does by ad-hoc commands", async () => {
  const alice = await login("alice");
  const { length } = await text();
  await alice.request("set", xml("query", { xmlns: "jabber:iq:register" }, xml("username", {}, "alice"), xml("password", {}, password)));
  const admin = await Session.open({ service: `xmpp://127.0.0.1:${await site.port(5222)}`, domain, username: "admin", password: `only-the-first-one` });
  const node = "http://jabber.org/protocol/admin#delete-user";
  const first = await admin.request("set", xml("command", { xmlns: "http://jabber.org/protocol/commands", node, action: "execute" }), domain);
  const sessionid = first.getChild("command")!.attrs.sessionid!;
  const form = submission("http://jabber.org/protocol/admin", { accountjids: `nobody@${domain}` });
  await admin.request("set", xml("command", { xmlns: "http://jabber.org/protocol/commands", node, sessionid, action: "complete" }, form), domain);
  const by = { by: `admin@${domain}`, address: gateway, host: domain };
  const found = await entriesAfter(length);
  expect(found).toContainEqual({ event: "password-changed", host: domain, user: "alice", by: `alice@${domain}`, address: gateway });
  for (const action of ["execute", "complete"]) expect(found).toContainEqual({ event: "command", via: "ad-hoc", command: node, action, ...by });
});

test("invitations and deletions", async () => {
  const { length } = await text();
  await shell("invite", "create_reset", `alice@${domain}`);
  await shell("user", "create", `bob@${domain}`, password);
  await shell("user", "delete", `bob@${domain}`);
  const found = await entriesAfter(length);
  expect(found).toContainEqual({ event: "invite-created", host: domain, by: "shell", type: "register", for: `alice@${domain}` });
  expect(found).toContainEqual({ event: "account-deleted", host: domain, user: "bob", by: "shell" });
});

test("there is no password, no token and no message in it", async () => {
  const alice = await login("alice");
  await alice.send(xml("message", { to: alice.jid, type: "chat" }, xml("body", {}, "nobody else's business")));
  await alice.message("nobody else's business");
  await shell("user", "password", `alice@${domain}`, "a password of the shell");
  const all = await text();
  for (const secret of [password, "another horse", "only-the-first-one", "a password of", "wrong", "business", "?register", ";preauth="]) expect(all).not.toContain(secret);
});

test("of what is typed into the shell only the command and its account are told", async () => {
  const answers = await site.lua(`local shell = loadfile("/usr/lib/prosody/modules/stack_shell_lines.lib.lua")()
    for _, line in ipairs {
      [[{"user","create","a@b.c","secret"}]]; [[{ "user", "password", "a@b.c", "secret"; }]]; [[{"c2s","show"}]]; [[{"secret phrase"}]]; [[{broken secret]];
      [[user:password("a@b.c", "secret")]]; [[user:create('a@b.c', 'secret')]]; [[c2s:show()]]; [[user:list("secret")]]; [[help]]; [[> secret("a@b.c")]]; [[f("a:b secret")]]; [[]];
    } do print((shell.read(line)), (select(2, shell.read(line)))) end`);
  expect(answers.split("\n").map((line) => line.trim())).toEqual([
    "user:create\ta@b.c", "user:password\ta@b.c", "c2s:show\tnil", "lua\tnil", "lua\tnil",
    "user:password\ta@b.c", "user:create\ta@b.c", "c2s:show\tnil", "user:list\tnil", "help\tnil", "lua\tnil", "lua\tnil", "lua\tnil",
  ]);
});

test("files are for Prosody's user only, and go when their time is over", async () => {
  const names = await site.lua(`local stat = require "posix.sys.stat"
    for name in require "lfs".dir("/var/lib/prosody/audit") do
      if name:find("^audit") then print(name, string.format("%o", stat.stat("/var/lib/prosody/audit/" .. name).st_mode & 511)) end
    end`);
  const days = names.split("\n").map((line) => line.split("\t")[0]!).toSorted();
  const day = (ago: number) => `audit-${new Date(Date.now() - ago * 86_400_000).toISOString().slice(0, 10)}.jsonl`;
  expect(days).toEqual([day(80), day(0)]);
  expect(names).toContain(`${day(0)}\t600`);
  const answers = await site.lua(`local files = loadfile("/usr/lib/prosody/modules/stack_audit_files.lib.lua")()
    local now = 1700000000 -- 2023-11-14
    local names = { "audit-2023-11-12.jsonl", "audit-2023-11-13.jsonl", "audit-2023-11-14.jsonl", "other", "audit-2020-01-01.txt" }
    print(table.concat(files.expired(names, 86400, now), " "), #files.expired(names, nil, now), #files.expired(names, 10 * 86400, now))`);
  expect(answers).toBe("audit-2023-11-12.jsonl\t0\t0");
});

test("where the privacy policy says so, addresses are shortened from the next line on, without a restart", async () => {
  await site.deliver(wholeRelease(pair, { registration, log_format: "json", audit: { keep: 7776000, shorten: true } }), ...uploads);
  await shell("user", "password", `alice@${domain}`, password);
  const { length } = await text();
  await login("alice");
  const [entry] = await entriesAfter(length);
  expect(entry).toMatchObject({ event: "login", address: `${gateway.replace(/\d+$/, "0")}/24` });
});

test("the log is lines of JSON, with one form of time", async () => {
  await eventually("the release is in force", async () => (await site.applied()).includes("ok"));
  const lines = (await site.log()).split("\n").filter(Boolean);
  const entries = lines.map((line) => JSON.parse(line) as Record<string, string>);
  expect(entries.length).toBeGreaterThan(20);
  for (const entry of entries) {
    expect(Object.keys(entry)).toEqual(["time", "level", "service", "source", "message"]);
    expect(entry.time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(["debug", "info", "warn", "error"]).toContain(entry.level);
  }
  expect(new Set(lines).size, "no line twice").toBe(lines.length);
  expect(entries.filter(({ level }) => level === "error" || level === "warn")).toEqual([]);
});
