// A stack with PostgreSQL: its own, or somebody else's, as the program asks for it.
import { X509Certificate } from "node:crypto";
import { describe, expect, test } from "vitest";
import { renderStack } from "../../render/render.ts";
import { pair } from "../setup/certificates.ts";
import { dev, directoryOfTest, fileOf, named, place, rendered, uploadsOf } from "./stack.ts";

const own = { ...dev, database: "postgresql" };
const external = { ...dev, database: "external", externalDatabase: { host: "db.example.org", password: "it's a:secret\\" } };
const service = (more: Record<string, string>) =>
  ["[prosody]", ...Object.entries({ application_name: "prosody", ...more, passfile: "/config/current/secrets/database.pgpass", target_session_attrs: "read-write", connect_timeout: "2", tcp_user_timeout: "5000", keepalives_idle: "10", keepalives_interval: "5", keepalives_count: "3" }).map(([key, value]) => `${key}=${value}`), ""].join("\n");

describe("the stack's own", () => {
  test("is on the back network only, publishes nothing, and keeps its data protected", async () => {
    const { recording: { registrations } } = await rendered(own);
    const container = named(registrations, "postgres-server-container").inputs;
    expect(container).toMatchObject({ name: "xmpp-dev-postgres", user: "5432:5432", readOnly: true, ports: [], networksAdvanced: [{ name: "xmpp-dev-back", aliases: ["postgres"] }] });
    // As Docker's provider reads five minutes back: written in another way they would be a change with each up.
    expect((container.healthcheck as { startPeriod: string }).startPeriod).toBe("5m0s");
    expect(named(registrations, "postgres-server-data")).toMatchObject({ protect: true, retainOnDelete: true, inputs: { name: "xmpp-dev-postgres-data-1" } });
    // Prosody waits for it by itself. Were it to depend on it, a down of containers alone would take its volumes along.
    for (const { name, dependencies } of registrations.filter(({ name }) => name.startsWith("prosody"))) expect(dependencies.filter((urn) => /postgres-server/.test(urn)), name).toEqual([]);
  });

  test("Prosody is told where it is and how to trust it, and has the role's password in a file", async () => {
    const stack = await rendered(own);
    expect(fileOf(stack, "prosody", "plain/settings.lua")).toMatch(/storage = \{\s+database = "prosody";\s+driver = "PostgreSQL";\s+host = "postgres";\s+port = 5432;\s+username = "prosody";\s+\}/);
    expect(fileOf(stack, "prosody", "database/service.conf")).toBe(service({ sslmode: "verify-full", sslrootcert: "/config/current/database/ca.crt" }));
    expect(fileOf(stack, "prosody", "database/ca.crt")).toBe(stack.recording.outputs.caCertificate);
    const password = /^\\set prosody '(\w{32})'$/m.exec(fileOf(stack, "postgres", "secrets/passwords.psql"))![1]!;
    expect(fileOf(stack, "prosody", "secrets/database.pgpass")).toBe(`*:*:*:*:${password}\n`);
    expect(named(stack.recording.registrations, "prosody-server-container").inputs.envs).toEqual(expect.arrayContaining(["PGSERVICE=prosody", "PGSERVICEFILE=/config/current/database/service.conf"]));
    const plain = JSON.stringify([stack.compose, ...stack.files.filter(({ secret }) => !secret)]);
    expect(plain).not.toContain(password);
    const secrets = uploadsOf(stack, "postgres").filter(({ file }) => file.startsWith("/staged/secret/")).map(({ file }) => file);
    expect(secrets).toEqual(["/staged/secret/certs/postgres.key", "/staged/secret/secrets/passwords.psql"]);
  });

  test("another version of the passwords changes files of both ends, and neither container", async () => {
    const directory = directoryOfTest();
    const render = async (settings: object) => {
      const stack = await renderStack({ stack: "dev", ...place(directory, settings) });
      stack.save({ forget: false });
      return stack;
    };
    const before = await render(own);
    const again = await render(own);
    const after = await render({ ...own, postgres: { passwordVersion: 2 } });
    const services = (stack: typeof before) => stack.compose.services as Record<string, unknown>;
    const byPath = ({ files }: typeof before) => Object.fromEntries(files.map(({ path, content }) => [path, content]));
    expect(byPath(again)).toEqual(byPath(before));
    for (const name of ["xmpp-dev-postgres", "xmpp-dev-prosody", "xmpp-dev-nginx"]) expect(services(after)[name]).toEqual(services(before)[name]);
    const changed = after.files.filter(({ path, content }) => byPath(before)[path] !== content).map(({ path }) => path.split("/").at(-1));
    expect(changed.toSorted()).toEqual(["database.pgpass", "passwords.psql"]);
  });

  test("where backups are made it archives its log, through a port that only they reach, and nothing of that is there where they are off", async () => {
    const archiving = await rendered({ ...own, backup: { enabled: true } });
    expect(fileOf(archiving, "postgres", "plain/tuned.conf")).toContain("archive_mode = on\n");
    const configuration = fileOf(archiving, "postgres", "pgbackrest/pgbackrest.conf");
    expect(configuration).toMatch(/^repo1-host=backup$[^[]+^repo1-host-type=tls$/m);
    expect(configuration).toMatch(/^tls-server-auth=backup\.pgbackrest=prosody$/m);
    expect(configuration).toMatch(/^\[global:archive-push\]$[^[]+^archive-push-queue-max=1280MiB$/m); // an eighth of storage.database
    expect(new X509Certificate(fileOf(archiving, "postgres", "certs/postgres.crt"))).toMatchObject({ subject: "CN=postgres.pgbackrest", subjectAltName: "DNS:postgres.pgbackrest, DNS:postgres" });
    expect(fileOf(archiving, "postgres", "secrets/passwords.psql")).toMatch(/^\\set backup '\w{32}'$/m);

    const off = await rendered({ ...own, backup: { enabled: false } });
    expect(fileOf(off, "postgres", "plain/tuned.conf")).toContain("archive_mode = off\n");
    expect(uploadsOf(off, "postgres").map(({ file }) => file).filter((file) => file.includes("pgbackrest"))).toEqual([]);
    expect(fileOf(off, "postgres", "secrets/passwords.psql")).not.toContain("backup");
    // It reads whether it archives at its start only.
    const labels = ({ recording }: typeof off) => (named(recording.registrations, "postgres-server-container").inputs.labels as { label: string; value: string }[]).filter(({ label }) => label === "prosody-stack.restart-on");
    expect(labels(off)).not.toEqual(labels(archiving));
  });

  test("another memory limit replaces it, and nothing else", async () => {
    const containers = async (settings: object) => (await rendered(settings)).recording.registrations.filter(({ name }) => name.endsWith("-server-container")).map(({ name, inputs }) => [name, JSON.stringify(inputs)] as const);
    const before = new Map(await containers(own));
    const after = await containers({ ...own, postgres: { memory: "1GiB" } });
    expect(after.filter(([name, inputs]) => before.get(name) !== inputs).map(([name]) => name)).toEqual(["postgres-server-container"]);
  });
});

describe("an external one", () => {
  test("is not run, is trusted by public authorities, and its password is written as libpq reads it", async () => {
    const stack = await rendered(external);
    expect(stack.recording.registrations.filter(({ name }) => name.startsWith("postgres"))).toEqual([]);
    expect(fileOf(stack, "prosody", "plain/settings.lua")).toContain('host = "db.example.org"');
    expect(fileOf(stack, "prosody", "database/service.conf")).toBe(service({ sslmode: "verify-full", sslrootcert: "system" }));
    expect(fileOf(stack, "prosody", "secrets/database.pgpass")).toBe("*:*:*:*:it's a\\:secret\\\\\n");
    expect(uploadsOf(stack, "prosody").map(({ file }) => file)).not.toContain("/staged/plain/database/ca.crt");
  });

  test("its own CA, port, database, role and TLS mode are taken", async () => {
    const ca = (await pair(["db.example.org"])).certificate;
    const stack = await rendered({ ...external, externalDatabase: { ...external.externalDatabase, port: 6432, name: "chat", user: "chatter", tls: "verify-ca", ca } });
    expect(fileOf(stack, "prosody", "plain/settings.lua")).toMatch(/database = "chat";[^}]+port = 6432;\s+username = "chatter"/);
    expect(fileOf(stack, "prosody", "database/service.conf")).toBe(service({ sslmode: "verify-ca", sslrootcert: "/config/current/database/ca.crt" }));
    expect(fileOf(stack, "prosody", "database/ca.crt")).toBe(ca);
  });
});
