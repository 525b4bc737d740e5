import { readFile } from "node:fs/promises";
import { beforeAll, describe, expect, test } from "vitest";
import { exampleSettings } from "./example-settings.ts";
import { facts } from "./facts.ts";
import type { Fact } from "./facts.ts";
import { loadTrees } from "./loaded.ts";
import type { Loaded, Probed } from "./loaded.ts";
import { services, special } from "./services.ts";
import type { Tree } from "./tree.ts";

const titled = facts.map((fact) => {
  const what = "option" in fact.is ? `${fact.is.option} = ${JSON.stringify(fact.is.value)}` : `${fact.is.runs ? "" : "no "}${fact.is.module}`;
  const where = `${fact.host ?? "global"}${fact.given ? `, given ${Object.keys(fact.given).join(" ")}` : ""}`;
  return { ...fact, title: `${fact.file}: ${what} (${where})` };
});

let probed: Probed;
let known: ReadonlySet<string>;

beforeAll(async () => {
  probed = await loadTrees(
    new Map<string, Tree>([
      ...[...services].map(([name, settings]): [string, Tree] => [name, { settings }]),
      ...Object.entries(special),
      ...titled.flatMap(({ title, file, given }): [string, Tree][] => [
        [`${title} with`, { settings: exampleSettings(given) }],
        [`${title} without`, { settings: exampleSettings(given), emptied: file }],
      ]),
    ]),
  );
  known = new Set((await readFile(new URL("known-options.txt", import.meta.url), "utf8")).trim().split("\n"));
}, 300_000);

const loaded = (name: string): Loaded => {
  const tree = probed.trees.get(name)!;
  expect(tree.error).toBeUndefined();
  return tree;
};

function observe(tree: Loaded, { host = "*", is }: Fact): unknown {
  if ("option" in is) return tree.hosts[host]?.[is.option];
  return tree.modules[host]?.includes(is.module);
}

describe("each file brings about", () => {
  test.each(titled)("$title", (fact) => {
    const expected = "option" in fact.is ? fact.is.value : fact.is.runs;
    expect(observe(loaded(`${fact.title} with`), fact)).toEqual(expected);
    const without = probed.trees.get(`${fact.title} without`)!;
    if (without.error === undefined) expect(observe(without, fact)).not.toEqual(expected);
    // Layers append to the lists of hosts that domains/ made: without it nothing can be loaded at all.
    else expect(fact.file).toBe("domains/main.cfg.lua");
  });
});

test("every layer has its four files, and every file of the tree is looked at", async () => {
  const main = await readFile(new URL("../../config-templates/prosody/prosody.cfg.lua", import.meta.url), "utf8");
  const layers = [...main.matchAll(/^Include "(stack\/.*)"$/gm)].map(([, file]) => file!);
  expect(layers).toHaveLength(32);
  expect(layers).toEqual([...new Set(facts.map(({ file }) => file))].filter((file) => file.startsWith("stack/")));
});

describe.each([...services.keys()])("a service with %s", (name) => {
  test("passes Prosody's own check without a warning", () => {
    const { check, warnings } = loaded(name);
    expect(warnings).toEqual([]);
    expect(check.output).toContain("All checks passed");
    expect(check.status).toBe(0);
  });

  test("lists each module once per host, and only modules that the image has and that work", () => {
    const { hosts, listed } = loaded(name);
    const global = listed["*"]!;
    for (const host of Object.keys(hosts).filter((host) => host !== "*")) {
      const isComponent = "component_module" in hosts[host]!;
      const modules = [...listed[host]!, ...(isComponent ? global.filter((module) => inherited.has(module)) : global)];
      expect(modules.filter((module, index) => modules.indexOf(module) !== index), `twice on ${host}`).toEqual([]);
      expect(modules.filter((module) => !probed.installed.includes(module)), `not installed: ${host}`).toEqual([]);
      expect(modules.filter((module) => broken.has(module)), `broken: ${host}`).toEqual([]);
    }
  });

  test("runs no two modules that do the same", () => {
    const { modules } = loaded(name);
    for (const list of Object.values(modules))
      for (const rivals of conflicts) expect(rivals.filter((module) => list.includes(module)).length).toBeLessThan(2);
  });

  test("sets only options that Prosody reads, each in one file", () => {
    const { assignments } = loaded(name);
    const owners = new Map<string, string>();
    for (const { file, host, option } of assignments) {
      expect(known.has(option) || option.startsWith("stack_"), `${option} in ${file}`).toBe(true);
      if (/^(environments|policies)\//.test(file) || reopening.has(option)) continue;
      const key = `${host} ${option}`;
      expect(owners.get(key) ?? file, `${key} is set in two files`).toBe(file);
      owners.set(key, file);
    }
    expect(owners.size).toBeGreaterThan(100);
  });
});

describe("modules of the operator's choice", () => {
  const name = "modules of the operator's choice";

  test("are added to the host they are meant for", () => {
    expect(loaded(name).modules["xmpp.localhost"]).toContain("motd");
    expect(loaded(name).modules["conference.xmpp.localhost"]).toContain("muc_restrict_nick");
    expect(loaded(name).modules["pubsub.xmpp.localhost"]).not.toContain("motd");
  });

  test("are taken away from the host they are meant for", () => {
    expect(loaded(name).modules["xmpp.localhost"]).not.toContain("lastactivity");
    expect(loaded(name).modules["conference.xmpp.localhost"]).not.toContain("muc_search");
  });

  test("of a class that is off do not run", () => {
    const { modules } = loaded("core modules only");
    expect(modules["xmpp.localhost"]).toContain("firewall");
    expect(modules["xmpp.localhost"]).not.toContain("sasl2");
    expect(modules["conference.xmpp.localhost"]).not.toContain("muc_search");
  });
});

test("the operator's overrides have the last word", () => {
  expect(loaded("with an overrides file").hosts["*"]!["c2s_timeout"]).toBe("7 minutes");
});

test.each([["off", 0], ["standard", 5], ["strict", 6]])("level %s of spam.level has %i firewall scripts", (level, count) => {
  expect(Object.keys(loaded(`spam ${level}`).hosts["*"]!["firewall_scripts"] as object)).toHaveLength(count); // an empty list is {}
});

test("nobody can register, and users can change their password", () => {
  const { modules } = loaded("development docker SQLite");
  expect(modules["xmpp.localhost"]).toContain("user_account_management");
  expect(modules["xmpp.localhost"]!.filter((module) => /^(register|invites)/.test(module))).toEqual([]);
});

test("nothing on the web port but what clients need", () => {
  const { modules } = loaded("production docker SQLite security performance compliance");
  const web = new Set(["http", "http_errors", "http_openmetrics", "http_altconnect", "http_file_share", "bosh", "websocket"]);
  const all = Object.values(modules).flat();
  expect(all.filter((module) => /^http|_web$|^rest$|^invites_(api|page)|oauth2/.test(module) && !web.has(module))).toEqual([]);
});

test("where a directory checks passwords, SASL PLAIN stays and no account is made", () => {
  const { hosts, modules } = loaded("LDAP in bind mode");
  expect(hosts["*"]!["disable_sasl_mechanisms"]).not.toContain("PLAIN");
  expect(modules["xmpp.localhost"]).not.toContain("stack_admins");
});

test("what is not published is not there: no uploads, no proxy, no listener, and nothing for web clients", () => {
  const { hosts, modules } = loaded("neither front nor proxy");
  expect(Object.keys(hosts).toSorted()).toEqual(["*", "conference.xmpp.localhost", "pubsub.xmpp.localhost", "xmpp.localhost"]);
  expect(hosts["*"]).toMatchObject({ https_ports: {}, proxy65_ports: {}, http_interfaces: ["127.0.0.1"] });
  for (const option of ["stack_proxied_c2s_ports", "stack_proxied_s2s_ports", "openmetrics_allow_cidr"]) expect(hosts["*"]).not.toHaveProperty(option);
  const left = ["stack_uploads", "bosh", "websocket", "http_altconnect", "stack_proxied"];
  expect(Object.values(modules).flat().filter((module) => left.includes(module))).toEqual([]);
  expect(Object.values(loaded("development docker SQLite").modules).flat()).toEqual(expect.arrayContaining(left));
});

test("what measures it reaches it without a front too, and nobody else is answered", () => {
  const { hosts, modules } = loaded("no front, and monitoring");
  expect(hosts["*"]).toMatchObject({ http_interfaces: ["*"], openmetrics_allow_cidr: "::/0", stack_measure_networks: ["172.30.11.0/24"] });
  const all = Object.values(modules).flat();
  expect(all).toEqual(expect.arrayContaining(["http_openmetrics", "stack_measure_access", "stack_measure_logins"]));
  expect(all.filter((module) => ["stack_uploads", "bosh", "websocket", "http_altconnect", "stack_proxied"].includes(module))).toEqual([]);
});

test("where nobody is an administrator, those who were are still looked for", () => {
  const { hosts, modules } = loaded("without administrators");
  expect(modules["xmpp.localhost"]).toContain("stack_admins");
  expect(hosts["xmpp.localhost"]!["stack_admins"]).toEqual({});
});

test("rooms with an unrelated name are announced by their domain and belong to it", () => {
  const { hosts } = loaded("rooms outside the domain");
  expect(hosts["xmpp.localhost"]!["disco_items"]).toEqual([["groups.example.net"]]);
  expect(hosts["groups.example.net"]!["parent_host"]).toBe("xmpp.localhost");
});

test("only servers are trusted by the private authority", () => {
  const { hosts } = loaded("private authority");
  for (const option of ["s2s_ssl", "s2s_direct_tls_ssl"])
    expect(hosts["*"]![option]).toMatchObject({ cafile: `${hosts["*"]!["certificates"] as string}/ca.crt` });
  for (const option of ["ssl", "c2s_ssl", "c2s_direct_tls_ssl.cafile"]) expect(hosts["*"]).not.toHaveProperty(option);
  for (const option of ["s2s_ssl", "s2s_direct_tls_ssl.cafile"]) expect(loaded("development docker SQLite").hosts["*"]).not.toHaveProperty(option);
});

test("an international domain is found by its ASCII name", () => {
  const { hosts } = loaded("international domain");
  const names = { http_host: "upload.xn--bcher-kva.example", c2s_direct_tls_host: "upload.xn--bcher-kva.example" };
  expect(hosts["upload.bücher.example"]).toMatchObject(names);
  expect(hosts["upload.xmpp.localhost"]).not.toHaveProperty("http_host");
});

// What a component takes over from the global list.
const inherited = new Set(["tls", "saslauth", "dialback", "iq", "s2s", "s2s_bidi", "smacks", "server_contact_info"]);

// Modules of Debian trixie that do not work on Prosody 13, or that a core module has replaced.
const broken = new Set(
  ("bob carbons_adhoc register_json http_upload flags proctitle admin_web posix admin_telnet register blocking privacy_lists " +
    "legacyauth pep_simple pep_plus s2s_smacks_timeout turncredentials windows pubsub_mqtt").split(" "),
);

const conflicts = [
  ["vcard", "vcard_legacy"],
  ["csi_simple", "csi_battery_saver"],
  ["register_ibr", "register_redirect"],
  ["lastlog", "lastlog2"],
  ["http_file_share", "http_upload_external"],
];

// What Prosody itself sets each time that a file opens a host.
const reopening = new Set(["defined", "component_module", "load_global_modules"]);
