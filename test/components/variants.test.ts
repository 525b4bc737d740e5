// Stacks that differ from the dev stack in one thing each.
import { X509Certificate, createPrivateKey } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { namesBelow, pair } from "../setup/certificates.ts";
import { type Service, dev, directoryOfTest, fileOf, named, rendered, services, uploadsOf } from "./stack.ts";

const filesOf = (stack: Awaited<ReturnType<typeof rendered>>, service: Service) => uploadsOf(stack, service).map(({ file }) => file);
const names = (stack: Awaited<ReturnType<typeof rendered>>) => stack.recording.registrations.map(({ name }) => name);
const idn = "xn--bcher-kva.example";

test("two domains, one of them international", async () => {
  const stack = await rendered({ ...dev, domains: [{ name: "bücher.example" }, { name: "a.example", rooms: "rooms.example" }] });
  const { outputs, registrations } = stack.recording;
  expect(outputs).toMatchObject({ domain: "bücher.example", adminJid: "admin@bücher.example", endpoints: { websocket: `wss://${idn}/xmpp-websocket` } });
  expect(Object.keys(outputs.adminPasswords as object)).toEqual(["admin@bücher.example", "admin@a.example"]);
  expect(outputs.adminPassword).toBe((outputs.adminPasswords as Record<string, string>)["admin@bücher.example"]);
  expect(names(stack)).toEqual(expect.arrayContaining([`prosody-password-admin@${idn}`, "prosody-password-admin@a.example", `ca-${idn}-key`, "ca-a.example-key"]));
  expect(named(registrations, `ca-${idn}-request`).inputs).toMatchObject({ subject: { commonName: idn }, dnsNames: namesBelow(idn) });
  expect(named(registrations, "ca-a.example-request").inputs.dnsNames).toContain("rooms.example");

  const certificates = [`/staged/plain/certs/${idn}.crt`, `/staged/secret/certs/${idn}.key`, "/staged/plain/certs/a.example.crt", "/staged/secret/certs/a.example.key"];
  expect(filesOf(stack, "prosody")).toEqual(expect.arrayContaining([...certificates, `/staged/secret/secrets/admin-password.admin@${idn}`]));
  expect(filesOf(stack, "nginx")).toEqual(expect.arrayContaining(certificates));
  const settings = fileOf(stack, "prosody", "plain/settings.lua");
  expect(settings).toContain('primary = "b\\195\\188cher.example"');
  expect(settings).toContain(`url = "https://${idn}/"`);
  expect(settings).toContain('rooms = "rooms.example"');
});

test("certificates of the private CA: its signature, the names, the key, the time", async () => {
  const stack = await rendered({ ...dev, domains: [{ name: "bücher.example" }], tls: { validity: "90d", renewBefore: "30d" } });
  const authority = new X509Certificate(String(stack.recording.outputs.caCertificate));
  const certificate = new X509Certificate(fileOf(stack, "prosody", `certs/${idn}.crt`));
  expect(authority.ca).toBe(true);
  expect(authority.subject).toBe("CN=dev XMPP");
  expect(certificate.ca).toBe(false);
  expect(certificate.checkIssued(authority)).toBe(true);
  expect(certificate.verify(authority.publicKey)).toBe(true);
  expect(certificate.checkPrivateKey(createPrivateKey(fileOf(stack, "prosody", `certs/${idn}.key`)))).toBe(true);
  expect(certificate.subjectAltName!.split(", ").toSorted()).toEqual(namesBelow(idn).map((name) => `DNS:${name}`).toSorted());
  expect(certificate.keyUsage.toSorted()).toEqual(["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"]);
  expect(certificate.validToDate.getTime() - certificate.validFromDate.getTime()).toBe(90 * 86_400_000);
  expect(fileOf(stack, "prosody", "certs/ca.crt")).toBe(stack.recording.outputs.caCertificate);
  for (const file of [`certs/${idn}.crt`, `certs/${idn}.key`]) expect(fileOf(stack, "nginx", file)).toBe(fileOf(stack, "prosody", file));
  expect(filesOf(stack, "nginx")).not.toContain("/staged/plain/certs/ca.crt");
});

describe("certificates that the operator gives", () => {
  test("are delivered as they are, and nothing is made for their domain", async () => {
    const own = await pair(namesBelow("a.example"));
    const stack = await rendered({ ...dev, domains: [{ name: "a.example" }, { name: "b.example" }], certificates: { "a.example": own } });
    for (const service of services) {
      expect(fileOf(stack, service, "certs/a.example.crt")).toBe(own.certificate);
      expect(fileOf(stack, service, "certs/a.example.key")).toBe(own.key);
    }
    expect(names(stack).filter((name) => name.startsWith("ca-a.example"))).toEqual([]);
    expect(names(stack).filter((name) => name.startsWith("ca-b.example"))).toHaveLength(3);
    expect(fileOf(stack, "prosody", "plain/settings.lua")).toContain("private_ca = true");
  });

  test("for every domain: the private CA's certificate is not delivered", async () => {
    const own = await pair(namesBelow(idn));
    const directory = directoryOfTest();
    const paths = { certificate: join(directory, "a.crt"), key: join(directory, "a.key") };
    writeFileSync(paths.certificate, own.certificate);
    writeFileSync(paths.key, own.key);
    const stack = await rendered({ ...dev, domains: [{ name: "bücher.example" }], certificates: { [idn]: paths } });
    for (const service of services) {
      expect(fileOf(stack, service, `certs/${idn}.key`)).toBe(own.key);
      expect(filesOf(stack, service).filter((file) => file.includes("/certs/"))).toEqual([`/staged/plain/certs/${idn}.crt`, `/staged/secret/certs/${idn}.key`]);
    }
    expect(fileOf(stack, "prosody", "plain/settings.lua")).toContain("private_ca = false");
  });
});

describe("first passwords that the operator gives", () => {
  test.each([
    ["as Prosody keeps it", "bücher.example", "boss@bücher.example"],
    ["in another case", "a.example", "BOSS@A.example"],
    ["by the ASCII form of its domain", "bücher.example", `boss@${idn}`],
  ])("are used whatever form of the JID they are filed under: %s", async (_, domain, jid) => {
    const stack = await rendered({ ...dev, domains: [{ name: domain }], admins: [`boss@${domain}`], adminPasswords: { [jid]: "given-password" } });
    expect(stack.recording.outputs.adminPasswords).toEqual({ [`boss@${domain}`]: "given-password" });
    expect(names(stack).filter((name) => name.startsWith("prosody-password"))).toEqual([]);
  });
});

test("behind a proxy that shows the certificates Nginx is given none, and Prosody its own", async () => {
  const stack = await rendered({ ...dev, front: { behindProxy: ["127.0.0.1"] } });
  expect(filesOf(stack, "nginx").filter((file) => file.includes("/certs/") || file.startsWith("/staged/secret/"))).toEqual([]);
  expect(filesOf(stack, "prosody")).toEqual(expect.arrayContaining(["/staged/plain/certs/xmpp.localhost.crt", "/staged/secret/certs/xmpp.localhost.key"]));
});

test("modules of the operator's own change Prosody's image, and nothing else does", async () => {
  const directory = join(directoryOfTest(), "modules");
  mkdirSync(directory);
  writeFileSync(join(directory, "mod_mine.lua"), "-- one\n");
  let nginxImage: string | undefined;
  const image = async (settings: object) => {
    const { recording, builds } = await rendered({ ...dev, ...settings });
    const [prosody, nginx] = services.map((service) => String(named(recording.registrations, `${service}-server-image`).inputs.imageName));
    expect(builds.map(({ reference }) => reference).toSorted()).toEqual([nginx, prosody]);
    expect(nginx).toBe(nginxImage ??= nginx);
    return prosody!;
  };
  const without = await image({ logs: { level: "debug" } });
  expect(await image({})).toBe(without);
  const one = await image({ modules: { directory } });
  expect(one).not.toBe(without);
  expect(await image({ modules: { directory: `${directory}/` } })).toBe(one);
  writeFileSync(join(directory, "mod_mine.lua"), "-- two\n");
  expect(await image({ modules: { directory } })).not.toBe(one);
});

test("overrides are delivered beside the configuration", async () => {
  const file = join(directoryOfTest(), "mine.cfg.lua");
  writeFileSync(file, "log = nil\n");
  const [without, stack] = [await rendered(), await rendered({ ...dev, overrides: file, secrets: { token: "0123" } })];
  expect(fileOf(stack, "prosody", "plain/overrides.cfg.lua")).toBe("log = nil\n");
  expect(fileOf(stack, "prosody", "secret/secrets/token")).toBe("0123");
  expect(fileOf(stack, "prosody", "plain/settings.lua")).toContain("overrides = true");
  expect(filesOf(stack, "nginx")).toEqual(filesOf(without, "nginx"));
  expect(fileOf(without, "prosody", "plain/settings.lua")).toContain("overrides = false");
});

test("IPv6: both networks carry it", async () => {
  const { recording } = await rendered({ ...dev, network: { ipv6: true } });
  expect(named(recording.registrations, "docker-front").inputs).toMatchObject({ ipv6: true, ipamConfigs: [{ subnet: "172.30.10.0/24" }, { subnet: "fd00:30:10::/64" }] });
  expect(named(recording.registrations, "docker-back").inputs).toMatchObject({ ipv6: true, ipamConfigs: [{ subnet: "172.30.11.0/24" }, { subnet: "fd00:30:11::/64" }] });
});

test.each<[Service, number]>([["prosody", 101], ["nginx", 51]])("limits, grace and logs reach the container of %s", async (service, memory) => {
  const { recording } = await rendered({ ...dev, resources: { memory: "100.5MiB", cpus: 0.5, pids: 100 }, front: { memory: "50.5MiB" }, stopGrace: "1min", logs: { maxSize: "1MB", maxFiles: 5 } });
  expect(named(recording.registrations, `${service}-server-container`).inputs).toMatchObject({
    memory, memorySwap: memory, cpus: "0.5", ulimits: [{ name: "nproc", soft: 100, hard: 100 }], stopTimeout: 60, logOpts: { "max-size": "1000000", "max-file": "5" },
  });
});

test("what only a restart reaches changes the container; what a reload reaches does not", async () => {
  const restartOn = async (settings: object) => named((await rendered({ ...dev, ...settings })).recording.registrations, "prosody-server-container").inputs.labels;
  const usual = await restartOn({});
  expect(await restartOn({ logs: { level: "debug" }, adminPasswords: { "admin@xmpp.localhost": "another one" } })).toEqual(usual);
  expect(await restartOn({ logins: { failuresPerAccount: 9 }, spam: { level: "strict", block: ["c.example"] }, federation: { mode: "off" }, sessions: { total: 9 }, registration: { blocklists: ["d.example"] } })).toEqual(usual);
  expect(await restartOn({ limits: { c2s: { rate: "1kb/s" } } })).not.toEqual(usual);
  expect(await restartOn({ domains: [...dev.domains, { name: "b.example" }] })).not.toEqual(usual);
});

test("a reload reaches all of Nginx; another instance of a service is one of another image, or with other ports", async () => {
  const instances = async (settings: object) => {
    const { registrations } = (await rendered({ ...dev, ...settings })).recording;
    return services.map((service) => ({ labels: named(registrations, `${service}-server-container`).inputs.labels, envs: named(registrations, `${service}-server-container`).inputs.envs }));
  };
  const [prosody, nginx] = await instances({});
  expect((await instances({ domains: [...dev.domains, { name: "b.example" }], front: { workers: 4 }, limits: { c2sStanza: "1MiB" } }))[1]).toEqual(nginx);
  expect(await instances({ logs: { level: "debug" }, front: { requestBurst: 1 } })).toEqual([prosody, nginx]);
  const [sameProsody, otherNginx] = await instances({ publish: { http: 8081 } });
  expect(sameProsody).toEqual(prosody);
  expect(otherNginx).toMatchObject({ labels: nginx!.labels });
  expect(otherNginx!.envs).not.toEqual(nginx!.envs);
  const [otherProsody, sameNginx] = await instances({ publish: { c2s: 15222 } });
  expect(otherProsody!.envs).not.toEqual(prosody!.envs);
  expect(sameNginx).toEqual(nginx);
});

test("endpoints: an IPv6 address has brackets, and what is not published is left out", async () => {
  const { recording } = await rendered({ ...dev, publish: { addresses: ["::1", "127.0.0.1"], https: 0, proxy65: 0, s2sDirectTls: 0 } });
  expect(recording.outputs.endpoints).toEqual({ c2s: "[::1]:5222", c2sDirectTls: "[::1]:5223", s2s: "[::1]:5269" });
});
