// A stack with a TURN server, as the program registers it.
import { beforeAll, describe, expect, test } from "vitest";
import { reveal } from "../../render/recorder.ts";
import { type Rendered, renderStack } from "../../render/render.ts";
import { dev, directoryOfTest, fileOf, named, place, rendered } from "./stack.ts";

const domains = [{ name: "bücher.example" }, { name: "b.example" }];
const ascii = "xn--bcher-kva.example";
const enabled = { ...dev, domains, turn: { enabled: true } };
let stack: Rendered;
beforeAll(async () => {
  stack = await rendered(enabled);
});

const container = (name: string, from = stack) => named(from.recording.registrations, `${name}-server-container`).inputs;
const pathsOf = (name: string) => (named(stack.recording.registrations, `${name}-server-deliver`).inputs.uploads as { file: string }[]).map(({ file }) => file);
const secretsIn = (from: Rendered) => [...fileOf(from, "redis", "secrets/sets.lua").matchAll(/\t\t"(\w+)";/g)].map(([, secret]) => secret);
const option = (name: string, from = stack) => fileOf(from, "coturn", "turnserver.conf").split("\n").filter((line) => line.startsWith(`${name}=`)).map((line) => line.slice(name.length + 1));

test("there is none unless it is asked for", async () => {
  const names = (await rendered(dev)).recording.registrations.map(({ name }) => name);
  expect(names.filter((name) => /turn|redis/.test(name))).toEqual([]);
});

describe("Coturn", () => {
  test("publishes its ports by UDP and TCP, and 64 relays by UDP, on the published addresses", () => {
    const ports = container("coturn").ports as { internal: number; external: number; ip: string; protocol: string }[];
    const at = (protocol: string, external: number, internal = external) => ({ internal, external, ip: "127.0.0.1", protocol });
    expect(ports).toEqual([
      at("udp", 3478), at("udp", 5349), at("tcp", 3478, 13_478), at("tcp", 5349, 15_349),
      ...Array.from({ length: 64 }, (_, index) => at("udp", 49_152 + index)),
    ]);
    expect((stack.compose.services as Record<string, { ports: string[] }>)["xmpp-dev-coturn"]!.ports).toContain("127.0.0.1:49152-49215:49152-49215/udp");
  });

  test("has each port of its container by one protocol, in ascending order, as Docker's provider reads them back", async () => {
    const other = await rendered({ ...enabled, publish: { addresses: ["127.0.0.1", "::1"] }, turn: { enabled: true, relay: { start: 2000, count: 4 } } });
    const ports = container("coturn", other).ports as { internal: number; protocol: string; ip: string }[];
    expect(ports.map(({ internal }) => internal)).toEqual(ports.map(({ internal }) => internal).toSorted((a, b) => a - b));
    for (const [internal, same] of Map.groupBy(ports, (port) => port.internal)) expect(same.map(({ protocol }) => protocol), String(internal)).toEqual([same[0]!.protocol, same[0]!.protocol]);
  });

  test("is as restricted as the others, writes to memory alone, and is on both networks", () => {
    expect(container("coturn")).toMatchObject({ user: "5349:5349", readOnly: true, capabilities: { drops: ["ALL"] }, securityOpts: ["no-new-privileges:true"], memory: 64 });
    expect(container("coturn").volumes).toEqual([
      { volumeName: "xmpp-dev-coturn-config", containerPath: "/config", readOnly: true },
      { volumeName: "xmpp-dev-coturn-answers", containerPath: "/answers" },
    ]);
    expect(container("coturn").networksAdvanced).toEqual([{ name: "xmpp-dev-front", aliases: [] }, { name: "xmpp-dev-back", aliases: ["coturn"] }]);
  });

  test("has the certificate of the first domain, and of no other", () => {
    expect(pathsOf("coturn")).toEqual([
      `/staged/plain/certs/${ascii}.crt`, `/staged/secret/certs/${ascii}.key`, "/staged/secret/secrets/redis-password", "/staged/plain/settings.lua", "/staged/plain/turnserver.conf",
    ]);
    expect(fileOf(stack, "coturn", "settings.lua")).toContain(`domain = "${ascii}"`);
  });

  test("is configured as the settings say, with nothing that is filled in left empty", async () => {
    const turn = { enabled: true, port: 1111, tlsPort: 2222, relay: { start: 3000, count: 10 }, quotas: { allocations: 3, rate: "500kB" }, denied: ["192.0.2.0/25", "2001:db8::1"] };
    const other = await rendered({ ...enabled, turn });
    const values = ["listening-port", "tls-listening-port", "min-port", "max-port", "realm", "user-quota", "total-quota", "max-bps"].map((name) => option(name, other).join());
    expect(values).toEqual(["1111", "2222", "3000", "3009", ascii, "3", "10", "500000"]);
    expect(option("denied-peer-ip", other).filter((range) => !option("denied-peer-ip").includes(range))).toEqual(["192.0.2.0-192.0.2.127", "2001:db8::1-2001:db8::1"]);
    expect(fileOf(other, "coturn", "turnserver.conf")).not.toMatch(/undefined|<%|=$/m);
    expect(container("coturn", other).labels).not.toEqual(container("coturn").labels);
  });
});

describe("Redis", () => {
  test("is on the internal network alone, publishes nothing, and keeps nothing", () => {
    expect(container("redis")).toMatchObject({ user: "6379:6379", readOnly: true, networksAdvanced: [{ name: "xmpp-dev-back", aliases: ["redis"] }], ports: [] });
    expect((container("redis").volumes as { containerPath: string }[]).map(({ containerPath }) => containerPath)).toEqual(["/config", "/answers"]);
  });

  test("and Coturn have one password, which is a secret wherever it is", () => {
    const password = fileOf(stack, "redis", "secrets/password");
    expect(password).toMatch(/^[A-Za-z0-9]{48}$/);
    expect(fileOf(stack, "coturn", "secrets/redis-password")).toBe(password);
    for (const { name, inputs } of stack.recording.registrations.filter(({ name }) => !name.endsWith("-deliver"))) expect(JSON.stringify(inputs).includes(password), name).toBe(false);
    for (const service of ["redis", "coturn"]) {
      const uploads = named(stack.recording.registrations, `${service}-server-deliver`).inputs.uploads as { file: string }[];
      for (const upload of uploads) expect(reveal(upload).secret, upload.file).toBe(upload.file.startsWith("/staged/secret/"));
    }
  });
});

describe("the secret of credentials", () => {
  /** What a stack asks for in these generations, one after the other. */
  async function generations(...numbers: readonly number[]): Promise<Rendered[]> {
    const directory = directoryOfTest();
    const stacks: Rendered[] = [];
    for (const secretGeneration of numbers) {
      const one = await renderStack({ stack: "dev", ...place(directory, { ...enabled, turn: { enabled: true, secretGeneration } }) });
      one.save({ forget: true });
      stacks.push(one);
    }
    return stacks;
  }
  const ofProsody = (from: Rendered) => fileOf(from, "prosody", "secrets/turn-secret");

  test("is Prosody's, and among those that Coturn takes, of which one is the next", async () => {
    const [first, second, third] = await generations(1, 2, 3);
    expect(secretsIn(first!)).toEqual([ofProsody(first!), ofProsody(second!)]);
    expect(secretsIn(second!)).toEqual([ofProsody(first!), ofProsody(second!), ofProsody(third!)]);
    expect(secretsIn(third!)).not.toContain(ofProsody(first!));
    expect(new Set([first, second, third].map((one) => ofProsody(one!))).size).toBe(3);
  });

  test("changes without a container being replaced", async () => {
    const [first, second] = await generations(1, 2);
    for (const service of ["prosody", "coturn", "redis", "nginx"]) expect(container(service, second), service).toEqual(container(service, first));
  });

  test("is in force again as it was where nothing has changed", async () => {
    const [one, same] = await generations(2, 2);
    expect(secretsIn(same!)).toEqual(secretsIn(one!));
  });
});

test("Prosody tells of it by the first domain's name, in the form that is in the certificate", () => {
  expect(fileOf(stack, "prosody", "plain/settings.lua")).toMatch(new RegExp(`turn = {\\s+host = "${ascii.replaceAll(".", "\\.")}";\\s+port = 3478;\\s+secret = "turn-secret";\\s+tls_port = 5349;\\s+ttl = 43200;`));
});

test("Prosody tells of it by the name that is set", async () => {
  const other = await rendered({ ...enabled, turn: { enabled: true, host: "türn.example" } });
  expect(fileOf(other, "prosody", "plain/settings.lua")).toContain('host = "xn--trn-hoa.example"');
});
