// What the program asks of the containers of a dev stack: hardening, volumes, networks, ports, and how they come and go.
import { beforeAll, describe, expect, test } from "vitest";
import type { Registration } from "../../render/recorder.ts";
import { type Service, dev, named, rendered, services } from "./stack.ts";

let registrations: readonly Registration[];
beforeAll(async () => {
  ({ registrations } = (await rendered()).recording);
});

const server = (service: Service) => named(registrations, `${service}-server-container`).inputs;
const deliver = (service: Service) => named(registrations, `${service}-server-deliver`).inputs;
const all = services.flatMap((service) => [[`${service}-server-container`, service], [`${service}-server-deliver`, service]] as const);
const memory = { prosody: 128, nginx: 64 };
const user = { prosody: "5222:5222", nginx: "5443:5443" };

describe("every container", () => {
  test("is one of four", () => {
    expect(registrations.filter(({ type }) => type === "docker:index/container:Container").map(({ name }) => name).toSorted()).toEqual(all.map(([name]) => name).toSorted());
  });

  test.each(all)("%s: runs as a user of its own, with no capability, privilege or share of the machine to gain", (name, service) => {
    const { inputs } = named(registrations, name);
    expect(inputs).toMatchObject({
      user: user[service],
      capabilities: { drops: ["ALL"] },
      securityOpts: ["no-new-privileges:true"],
      memory: memory[service],
      memorySwap: memory[service],
      cpus: "1.0",
      ulimits: [{ name: "nproc", soft: 64, hard: 64 }],
      destroyGraceSeconds: 30,
    });
    for (const risky of ["privileged", "devices", "hostPaths", "pidMode", "ipcMode", "usernsMode", "mounts", "publishAllPorts", "gpus"]) {
      expect(inputs).not.toHaveProperty(risky);
    }
  });

  test.each(services)("of %s runs its image", (service) => {
    const image = named(registrations, `${service}-server-image`).inputs;
    expect(image.imageName).toMatch(new RegExp(`^prosody-stack/${service}:[0-9a-f]{12}$`));
    expect(image).toMatchObject({ skipPush: true, build: { builderVersion: "BuilderV1", context: expect.stringMatching(new RegExp(`^\\.build/images/${service}-[0-9a-f]{12}$`)) as string } });
    expect([server(service).image, deliver(service).image]).toEqual([image.imageName, image.imageName]);
  });

  test("knows which instance of its service it is of, and nothing else by its environment", () => {
    for (const service of services) {
      expect(server(service).envs).toEqual([expect.stringMatching(/^STACK_INSTANCE=[0-9a-f]{16}$/)]);
      expect(deliver(service).envs).toEqual(server(service).envs);
    }
    expect(server("nginx").envs).not.toEqual(server("prosody").envs);
  });
});

describe("the long-running container", () => {
  test.each(services)("of %s comes back by itself, has a read-only root, is checked, and stops and logs within bounds", (service) => {
    expect(server(service)).toMatchObject({
      command: ["/usr/bin/lua5.4", "/usr/lib/stack/start.lua"],
      restart: "unless-stopped",
      readOnly: true,
      healthcheck: { tests: ["CMD", "/usr/bin/lua5.4", "/usr/lib/stack/health.lua"], interval: "30s", timeout: "5s", retries: 3, startPeriod: "10s" },
      stopTimeout: 30,
      logDriver: "json-file",
      logOpts: { "max-size": "10000000", "max-file": "3" },
      hostname: `xmpp-dev-${service}`,
    });
    expect(server(service)).not.toHaveProperty("mustRun");
    expect(server(service)).not.toHaveProperty("uploads");
  });

  test("of Prosody writes to its data, uploads, its answers and its memory only", () => {
    expect(server("prosody").volumes).toEqual([
      { volumeName: "xmpp-dev-prosody-config", containerPath: "/config", readOnly: true },
      { volumeName: "xmpp-dev-prosody-answers", containerPath: "/answers" },
      { volumeName: "xmpp-dev-prosody-data-1", containerPath: "/var/lib/prosody" },
      { volumeName: "xmpp-dev-prosody-uploads-1", containerPath: "/var/lib/prosody-uploads" },
    ]);
    expect(server("prosody").tmpfs).toEqual({
      "/run/prosody": "size=1048576,mode=0700,uid=5222,gid=5222,noexec,nosuid,nodev",
      "/tmp": "size=16777216,mode=0700,uid=5222,gid=5222,noexec,nosuid,nodev",
    });
  });

  test("of Nginx writes to Prosody's uploads, its answers and its memory only", () => {
    expect(server("nginx").volumes).toEqual([
      { volumeName: "xmpp-dev-nginx-config", containerPath: "/config", readOnly: true },
      { volumeName: "xmpp-dev-nginx-answers", containerPath: "/answers" },
      { volumeName: "xmpp-dev-prosody-uploads-1", containerPath: "/var/lib/prosody-uploads" },
    ]);
    expect(server("nginx").tmpfs).toEqual({
      "/run/nginx": "size=16777216,mode=0700,uid=5443,gid=5443,noexec,nosuid,nodev",
      "/tmp": "size=1048576,mode=0700,uid=5443,gid=5443,noexec,nosuid,nodev",
    });
  });

  test("shares a group with the other for uploads, and no other group", () => {
    for (const service of services) expect(server(service).groupAdds).toEqual(["5400"]);
  });

  test.each(services)("of %s is on both networks, and known by its name on the internal one only", (service) => {
    expect(server(service).networksAdvanced).toEqual([
      { name: "xmpp-dev-front", aliases: [] },
      { name: "xmpp-dev-back", aliases: [service] },
    ]);
  });
});

describe.each(services)("the one-shot of %s", (service) => {
  test("runs once, without a network or a port, and tells how it went", () => {
    expect(deliver(service)).toMatchObject({ networkMode: "none", restart: "no", mustRun: false, attach: true, logs: true });
    expect(deliver(service)).not.toHaveProperty("ports");
    expect(deliver(service)).not.toHaveProperty("networksAdvanced");
  });
  test("writes the configuration and reads the answers, and sees no data", () => {
    expect(deliver(service).volumes).toEqual([
      { volumeName: `xmpp-dev-${service}-config`, containerPath: "/config" },
      { volumeName: `xmpp-dev-${service}-answers`, containerPath: "/answers", readOnly: true },
    ]);
  });
  test("gets its files in order, for nobody to write and for root's group to read", () => {
    const uploads = deliver(service).uploads as { file: string; permissions: string }[];
    expect(new Set(uploads.map(({ permissions }) => permissions))).toEqual(new Set(["0440"]));
    const paths = uploads.map(({ file }) => file.replace(/^\/staged\/(plain|secret)\//, ""));
    expect(paths).toEqual(paths.toSorted());
    expect(new Set(paths).size).toBe(paths.length);
    expect(deliver(service).groupAdds).toEqual(["0", "5400"]);
  });
});

describe("published ports", () => {
  const ofProsody = { c2s: 5222, c2sDirectTls: 5223, s2s: 5269, s2sDirectTls: 5270, proxy65: 5000 };
  const none = Object.fromEntries([...Object.keys(ofProsody), "http"].map((name) => [name, 0]));
  const at = (ip: string, internal: number, external = internal) => ({ internal, external, ip, protocol: "tcp" });
  const portsOf = async (settings: object) => {
    const { recording } = await rendered({ ...dev, ...settings });
    return (service: Service) => named(recording.registrations, `${service}-server-container`).inputs.ports;
  };

  test("in development are those of the loopback address", () => {
    expect(server("prosody").ports).toEqual(Object.values(ofProsody).map((port) => at("127.0.0.1", port)));
    expect(server("nginx").ports).toEqual([at("127.0.0.1", 8443, 443), at("127.0.0.1", 8080, 80)]);
  });
  test("are the ones that are asked for, on each address", async () => {
    const ports = await portsOf({ publish: { ...none, addresses: ["127.0.0.1", "::1"], c2s: 15222, https: 4430 } });
    expect(ports("prosody")).toEqual([at("127.0.0.1", 5222, 15222), at("::1", 5222, 15222)]);
    expect(ports("nginx")).toEqual([at("127.0.0.1", 8443, 4430), at("::1", 8443, 4430)]);
  });
  test("behind a proxy are plain HTTP alone of Nginx's", async () => {
    const ports = await portsOf({ front: { behindProxy: ["127.0.0.1"] }, publish: { http: 8081 } });
    expect(ports("nginx")).toEqual([at("127.0.0.1", 8080, 8081)]);
  });
  test("may be none", async () => {
    expect((await portsOf({ publish: { ...none, https: 0 } }))("prosody")).toEqual([]);
  });
});
