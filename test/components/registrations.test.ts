// What the program asks the engine for: names, parents, options and hardening of every resource of a dev stack.
import { beforeAll, describe, expect, test } from "vitest";
import type { Registration } from "../../render/recorder.ts";
import { dev, named, rendered } from "./stack.ts";

let registrations: readonly Registration[];
let server: Registration;
let deliver: Registration;
let containers: readonly Registration[];
beforeAll(async () => {
  ({ registrations } = (await rendered()).recording);
  server = named(registrations, "prosody-server-container");
  deliver = named(registrations, "prosody-server-deliver");
  containers = registrations.filter(({ type }) => type === "docker:index/container:Container");
});

const one = (name: string) => named(registrations, name);
const short = (urn: string) => urn.split("::").at(-1)!;

describe("names and parents", () => {
  test("are these", () => {
    expect(Object.fromEntries(registrations.map(({ name, parent }) => [name, parent]))).toEqual({
      "prosody-stack-dev": "",
      docker: "prosody-stack-dev",
      "docker-front": "docker",
      "docker-back": "docker",
      ca: "prosody-stack-dev",
      "ca-key": "ca",
      "ca-certificate": "ca",
      "ca-xmpp.localhost-key": "ca",
      "ca-xmpp.localhost-request": "ca",
      "ca-xmpp.localhost-certificate": "ca",
      prosody: "prosody-stack-dev",
      "prosody-password-admin@xmpp.localhost": "prosody",
      "prosody-server": "prosody",
      "prosody-server-image": "prosody-server",
      "prosody-server-config": "prosody-server",
      "prosody-server-answers": "prosody-server",
      "prosody-server-data": "prosody-server",
      "prosody-server-deliver": "prosody-server",
      "prosody-server-container": "prosody-server",
    });
  });

  test("a child's name begins with its parent's", () => {
    const stack = one("prosody-stack-dev");
    for (const { name, parent } of registrations) {
      if (parent !== "" && parent !== stack.name) expect(name.startsWith(`${parent}-`), `${name} below ${parent}`).toBe(true);
    }
  });

  test("what people see has the stack's namespace", () => {
    const physical = registrations.filter(({ type }) => /^docker:index\/(network|volume)/.test(type)).map(({ inputs }) => inputs.name);
    expect([...physical, server.inputs.name].toSorted()).toEqual([
      "xmpp-dev-back", "xmpp-dev-front", "xmpp-dev-prosody", "xmpp-dev-prosody-answers", "xmpp-dev-prosody-config", "xmpp-dev-prosody-data-1",
    ]);
  });
});

describe("options", () => {
  test("data is protected, outlives its resource, and no label can replace it; nothing else is like that", () => {
    expect(one("prosody-server-data")).toMatchObject({ protect: true, retainOnDelete: true, ignoreChanges: ["labels", "driverOpts"] });
    const kept = registrations.filter(({ protect, retainOnDelete }) => protect || retainOnDelete);
    expect(kept.map(({ name }) => name)).toEqual(["prosody-server-data"]);
  });

  test("what has a fixed name or port goes before its replacement comes; the one-shot does not", () => {
    const first = registrations.filter(({ deleteBeforeReplace }) => deleteBeforeReplace).map(({ name }) => name);
    expect(first.toSorted()).toEqual(["docker-back", "docker-front", "prosody-server-container"]);
    expect(deliver.inputs).not.toHaveProperty("name");
  });

  test("a change that the provider does not act on replaces the container", () => {
    expect(server.replaceOnChanges).toEqual(["healthcheck", "tmpfs"]);
  });

  test("the service waits for the delivery of its files", () => {
    expect(server.dependencies.map(short)).toContain("prosody-server-deliver");
    expect(deliver.dependencies.map(short)).not.toContain("prosody-server-container");
  });
});

describe("every container", () => {
  test("is one of two", () => expect(containers.map(({ name }) => name).toSorted()).toEqual(["prosody-server-container", "prosody-server-deliver"]));

  test.each([["server", () => server], ["deliver", () => deliver]])("%s: runs as a user of its own, with no capability, privilege or share of the machine to gain", (_, container) => {
    expect(container().inputs).toMatchObject({
      user: "5222:5222",
      capabilities: { drops: ["ALL"] },
      securityOpts: ["no-new-privileges:true"],
      memory: 128,
      memorySwap: 128,
      cpus: "1.0",
      ulimits: [{ name: "nproc", soft: 64, hard: 64 }],
      destroyGraceSeconds: 30,
    });
    for (const risky of ["privileged", "devices", "hostPaths", "pidMode", "ipcMode", "usernsMode", "mounts", "publishAllPorts", "gpus"]) {
      expect(container().inputs).not.toHaveProperty(risky);
    }
  });

  test("runs the image of the program", () => {
    const image = one("prosody-server-image").inputs;
    expect(image.imageName).toMatch(/^prosody-stack\/prosody:[0-9a-f]{12}$/);
    expect(image).toMatchObject({ skipPush: true, build: { builderVersion: "BuilderV1", context: expect.stringMatching(/^\.build\/images\/prosody-[0-9a-f]{12}$/) as string } });
    for (const { inputs } of containers) expect(inputs.image).toBe(image.imageName);
  });
});

describe("the long-running container", () => {
  test("comes back by itself, has a read-only root, is checked, and stops and logs within bounds", () => {
    expect(server.inputs).toMatchObject({
      restart: "unless-stopped",
      readOnly: true,
      healthcheck: { tests: ["CMD", "/usr/bin/lua5.4", "/usr/lib/stack/health.lua"], interval: "30s", timeout: "5s", retries: 3, startPeriod: "10s" },
      stopTimeout: 30,
      logDriver: "json-file",
      logOpts: { "max-size": "10000000", "max-file": "3" },
      hostname: "prosody",
    });
    expect(server.inputs).not.toHaveProperty("mustRun");
    expect(server.inputs).not.toHaveProperty("uploads");
    expect(server.inputs).not.toHaveProperty("groupAdds");
  });

  test("writes to its data, its answers and its memory only", () => {
    expect(server.inputs.volumes).toEqual([
      { volumeName: "xmpp-dev-prosody-config", containerPath: "/config", readOnly: true },
      { volumeName: "xmpp-dev-prosody-answers", containerPath: "/answers" },
      { volumeName: "xmpp-dev-prosody-data-1", containerPath: "/var/lib/prosody" },
    ]);
    expect(server.inputs.tmpfs).toEqual({
      "/run/prosody": "size=1048576,mode=0700,uid=5222,gid=5222,noexec,nosuid,nodev",
      "/tmp": "size=16777216,mode=0700,uid=5222,gid=5222,noexec,nosuid,nodev",
    });
  });

  test("is on both networks, of which one is internal", () => {
    expect(server.inputs.networksAdvanced).toEqual([
      { name: "xmpp-dev-front", aliases: ["prosody"] },
      { name: "xmpp-dev-back", aliases: ["prosody"] },
    ]);
    expect(one("docker-front").inputs).toMatchObject({ driver: "bridge", internal: false, ipv6: false, ipamConfigs: [{ subnet: "172.30.10.0/24" }] });
    expect(one("docker-back").inputs).toMatchObject({ driver: "bridge", internal: true, ipv6: false, ipamConfigs: [{ subnet: "172.30.11.0/24" }] });
  });
});

describe("the one-shot", () => {
  test("runs once, without a network or a port, and tells how it went", () => {
    expect(deliver.inputs).toMatchObject({ networkMode: "none", restart: "no", mustRun: false, attach: true, logs: true });
    expect(deliver.inputs).not.toHaveProperty("ports");
    expect(deliver.inputs).not.toHaveProperty("networksAdvanced");
  });
  test("writes the configuration and reads the answers, and sees no data", () => {
    expect(deliver.inputs.volumes).toEqual([
      { volumeName: "xmpp-dev-prosody-config", containerPath: "/config" },
      { volumeName: "xmpp-dev-prosody-answers", containerPath: "/answers", readOnly: true },
    ]);
  });
  test("gets its files in order, for nobody to write", () => {
    const uploads = deliver.inputs.uploads as { file: string; permissions: string }[];
    expect(new Set(uploads.map(({ permissions }) => permissions))).toEqual(new Set(["0440"]));
    const paths = uploads.map(({ file }) => file.replace(/^\/staged\/(plain|secret)\//, ""));
    expect(paths).toEqual(paths.toSorted());
    expect(new Set(paths).size).toBe(paths.length);
  });
});

describe("published ports", () => {
  const all = { c2s: 5222, c2sDirectTls: 5223, s2s: 5269, s2sDirectTls: 5270, https: 5281, proxy65: 5000 };
  const portsOf = async (settings: object) => named((await rendered({ ...dev, ...settings })).recording.registrations, "prosody-server-container").inputs.ports;

  test("in development are those of the loopback address", () => {
    expect(server.inputs.ports).toEqual(Object.values(all).map((port) => ({ internal: port, external: port, ip: "127.0.0.1", protocol: "tcp" })));
  });
  test("are the ones that are asked for, on each address", async () => {
    const publish = { addresses: ["127.0.0.1", "::1"], c2s: 15222, c2sDirectTls: 0, s2s: 0, s2sDirectTls: 0, https: 443, proxy65: 0 };
    expect(await portsOf({ publish })).toEqual([
      { internal: 5222, external: 15222, ip: "127.0.0.1", protocol: "tcp" },
      { internal: 5222, external: 15222, ip: "::1", protocol: "tcp" },
      { internal: 5281, external: 443, ip: "127.0.0.1", protocol: "tcp" },
      { internal: 5281, external: 443, ip: "::1", protocol: "tcp" },
    ]);
  });
  test("may be none", async () => {
    expect(await portsOf({ publish: Object.fromEntries(Object.keys(all).map((name) => [name, 0])) })).toEqual([]);
  });
});
