// What the program asks the engine for: names, parents, options and networks of a dev stack. Its containers: containers.test.ts.
import { beforeAll, describe, expect, test } from "vitest";
import type { Registration } from "../../render/recorder.ts";
import { dev, named, rendered, services } from "./stack.ts";

let registrations: readonly Registration[];
beforeAll(async () => {
  ({ registrations } = (await rendered()).recording);
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
      "prosody-server-uploads": "prosody-server",
      "prosody-server-deliver": "prosody-server",
      "prosody-server-container": "prosody-server",
      nginx: "prosody-stack-dev",
      "nginx-server": "nginx",
      "nginx-server-image": "nginx-server",
      "nginx-server-config": "nginx-server",
      "nginx-server-answers": "nginx-server",
      "nginx-server-deliver": "nginx-server",
      "nginx-server-container": "nginx-server",
    });
  });

  test("a child's name begins with its parent's", () => {
    const stack = one("prosody-stack-dev");
    for (const { name, parent } of registrations) {
      if (parent !== "" && parent !== stack.name) expect(name.startsWith(`${parent}-`), `${name} below ${parent}`).toBe(true);
    }
  });

  test("what people see has the stack's namespace", () => {
    const physical = registrations.filter(({ type }) => /^docker:index\/(network|volume|container)/.test(type)).map(({ inputs }) => inputs.name);
    expect(physical.filter((name) => name !== undefined).toSorted()).toEqual([
      "xmpp-dev-back",
      "xmpp-dev-front",
      "xmpp-dev-nginx",
      "xmpp-dev-nginx-answers",
      "xmpp-dev-nginx-config",
      "xmpp-dev-prosody",
      "xmpp-dev-prosody-answers",
      "xmpp-dev-prosody-config",
      "xmpp-dev-prosody-data-1",
      "xmpp-dev-prosody-uploads-1",
    ]);
  });
});

describe("options", () => {
  test("data is protected, outlives its resource, and no label can replace it; nothing else is like that", () => {
    const kept = registrations.filter(({ protect, retainOnDelete }) => protect || retainOnDelete);
    expect(kept.map(({ name }) => name).toSorted()).toEqual(["prosody-server-data", "prosody-server-uploads"]);
    for (const volume of kept) expect(volume).toMatchObject({ protect: true, retainOnDelete: true, ignoreChanges: ["labels", "driverOpts"] });
  });

  test("what has a fixed name or port goes before its replacement comes; the one-shots do not", () => {
    const first = registrations.filter(({ deleteBeforeReplace }) => deleteBeforeReplace).map(({ name }) => name);
    expect(first.toSorted()).toEqual(["docker-back", "docker-front", "nginx-server-container", "prosody-server-container"]);
    for (const service of services) expect(one(`${service}-server-deliver`).inputs).not.toHaveProperty("name");
  });

  test.each(services)("a change that the provider does not act on replaces the container of %s", (service) => {
    expect(one(`${service}-server-container`).replaceOnChanges).toEqual(["healthcheck", "tmpfs"]);
  });

  test.each(services)("%s waits for the delivery of its files", (service) => {
    expect(one(`${service}-server-container`).dependencies.map(short)).toContain(`${service}-server-deliver`);
    expect(one(`${service}-server-deliver`).dependencies.map(short)).not.toContain(`${service}-server-container`);
  });
});

test("of both networks one is internal", () => {
  expect(one("docker-front").inputs).toMatchObject({ driver: "bridge", internal: false, ipv6: false, ipamConfigs: [{ subnet: "172.30.10.0/24" }] });
  expect(one("docker-back").inputs).toMatchObject({ driver: "bridge", internal: true, ipv6: false, ipamConfigs: [{ subnet: "172.30.11.0/24" }] });
});

test("without HTTPS there is no Nginx at all", async () => {
  const { recording, files, compose } = await rendered({ ...dev, publish: { https: 0 } });
  expect(recording.registrations.filter(({ name }) => name.startsWith("nginx"))).toEqual([]);
  expect(files.filter(({ path }) => path.includes("nginx"))).toEqual([]);
  expect(Object.keys(compose.services as object).toSorted()).toEqual(["xmpp-dev-prosody", "xmpp-dev-prosody-server-deliver"]);
});
