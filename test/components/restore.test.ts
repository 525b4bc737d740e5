// The workloads of a restore, as both platforms are asked for them.
import { describe, expect, test } from "vitest";
import { Restore, restoreOrder, restoreWorkloads } from "../../components/backup/restore.ts";
import { generations } from "../../components/generations.ts";
import { type DataVolume, type Platform, type WorkloadArgs, plainFile } from "../../platform/workload.ts";
import { composeProject } from "../../render/compose.ts";
import { manifestsOf, onDocker, workloads } from "../setup/words.ts";
import { settingsFrom } from "../unit/settings/parsed.ts";
import { type Policy, allowed } from "./network-policies.ts";
import { named } from "./stack.ts";

const backup = "20261129T020000Z";
const settingsOf = (more: Record<string, unknown> = {}) => settingsFrom({ database: "postgresql", generation: { current: 2 }, ...more, restore: { backup, ...(more.restore as object | undefined) } });
const image = workloads.caller.image;

/** The workloads whose volumes it sees, and the restore itself. */
function program(more: Record<string, unknown> = {}): [WorkloadArgs[], (platform: Platform) => void] {
  const settings = settingsOf(more);
  const having = (name: string, ...volumes: DataVolume[]): WorkloadArgs => ({ ...workloads.caller, name, volumes });
  const own = { size: 2 ** 20, ...generations(settings) };
  const owners = [
    having("prosody", { ...own, name: "data", path: "/var/lib/prosody", shared: true }, { ...own, name: "uploads", path: "/var/lib/prosody-uploads", shared: true }),
    having("postgres", { ...own, name: "data", path: "/var/lib/postgresql", shared: false }),
    { ...having("backup", { name: "repository", path: "/var/lib/backup", size: 2 ** 20, shared: true, generation: 1 }), ports: [{ name: "pgbackrest", port: 8432, from: ["restore-database"] }] },
  ];
  const secret = { path: "secrets/password", content: "hunter2", secret: true };
  return [owners, (platform) => void new Restore("restore", { platform, settings, files: { image, files: [secret] }, database: settings.database === "postgresql" ? { image, files: [plainFile("pgbackrest.conf", "")] } : undefined })];
}

async function docker(more: Record<string, unknown> = {}) {
  const [owners, restore] = program(more);
  return onDocker(owners, {}, restore);
}

const order = (registrations: Awaited<ReturnType<typeof docker>>, job: string) =>
  (named(registrations, `restore-${job}-deliver`).inputs.uploads as { file: string; content: string }[]).find(({ file }) => file.endsWith("/restore.json"))!.content;

describe("on Docker", () => {
  test("files go into the next generation, from the repository, without a network", async () => {
    const { inputs } = named(await docker(), "restore-files-container");
    expect(inputs).toMatchObject({ name: "xmpp-words-restore-files", user: "5222:5222", groupAdds: ["5400"], networkMode: "none", restart: "no", memory: 512 });
    expect((inputs.volumes as unknown[]).slice(2)).toEqual([
      { volumeName: "xmpp-words-backup-repository-1", containerPath: "/var/lib/backup" },
      { volumeName: "xmpp-words-prosody-data-3", containerPath: "/var/lib/prosody" },
      { volumeName: "xmpp-words-prosody-uploads-3", containerPath: "/var/lib/prosody-uploads" },
    ]);
  });

  test("what is fetched from elsewhere has the way out, and not to the others", async () => {
    const registrations = await docker({ backup: { s3: { endpoint: "https://s3.example.org", bucket: "backups", accessKeyId: "a", secretAccessKey: "b" } }, restore: { from: "s3" } });
    expect(named(registrations, "restore-files-container").inputs.networksAdvanced).toEqual([{ name: "xmpp-words-front", aliases: ["restore-files"] }]);
  });

  test("the database goes into the next generation, and reaches the workload of backups only", async () => {
    const { inputs } = named(await docker(), "restore-database-container");
    expect(inputs).toMatchObject({ name: "xmpp-words-restore-database", user: "5432:5432", networksAdvanced: [{ name: "xmpp-words-back", aliases: ["restore-database"] }] });
    expect((inputs.volumes as unknown[]).slice(2)).toEqual([{ volumeName: "xmpp-words-postgres-data-3", containerPath: "/var/lib/postgresql" }]);
  });

  test("there is none of the database where that is in a file, or somebody else's", async () => {
    const registrations = await docker({ database: "sqlite" });
    expect(registrations.filter(({ name }) => name.startsWith("restore-database"))).toEqual([]);
    expect([restoreWorkloads(settingsOf()), restoreWorkloads(settingsOf({ database: "sqlite" }))]).toEqual([["restore-files", "restore-database"], ["restore-files"]]);
  });

  test("both have the order, and run again for another one", async () => {
    const at = "2026-11-29T14:05:00Z";
    const [one, other] = [await docker(), await docker({ restore: { at } })];
    expect(JSON.parse(order(one, "files"))).toEqual({ backup, from: "local", database: "postgresql" });
    expect(JSON.parse(order(other, "database"))).toEqual({ backup, at, from: "local", database: "postgresql" });
    expect(restoreOrder(settingsOf({ database: "sqlite" }))).toBe(`{"backup":"${backup}","from":"local","database":"sqlite"}\n`);
    for (const job of ["files", "database"]) {
      const [labels, others] = [one, other].map((registrations) => named(registrations, `restore-${job}-container`).inputs.labels);
      expect(labels).not.toEqual(others);
    }
  });

  test("Compose runs them once, after all else", async () => {
    expect(composeProject(await docker(), () => "").runs.toSorted()).toEqual(["xmpp-words-restore-database", "xmpp-words-restore-files"]);
  });
});

describe("on Kubernetes", () => {
  const objects = async (more: Record<string, unknown> = {}) => {
    const [owners, restore] = program(more);
    return (await manifestsOf(owners, {}, restore)).manifests.map(({ object }) => object);
  };
  interface Template { readonly metadata: { readonly labels: Record<string, string> }; readonly spec: { readonly affinity?: { readonly podAffinity: { readonly requiredDuringSchedulingIgnoredDuringExecution: { readonly labelSelector: { readonly matchLabels: Record<string, string> } }[] } }; readonly volumes: { readonly persistentVolumeClaim?: { readonly claimName: string } }[] } }
  const templateOf = (all: Awaited<ReturnType<typeof objects>>, kind: string, name: RegExp) => (all.find((object) => object.kind === kind && name.test(object.metadata.name))!.spec as { template: Template }).template;
  const claimsOf = ({ spec }: Template) => spec.volumes.flatMap(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName ?? []);

  test("they are Jobs on the claims of the next generation, where all of these can be", async () => {
    const all = await objects();
    const [files, database] = [templateOf(all, "Job", /^restore-files-[0-9a-f]{8}$/), templateOf(all, "Job", /^restore-database-[0-9a-f]{8}$/)];
    expect([claimsOf(files), claimsOf(database)]).toEqual([["backup-repository-1", "prosody-data-3", "prosody-uploads-3"], ["postgres-data-3"]]);
    const claims = all.filter(({ kind }) => kind === "PersistentVolumeClaim").map(({ metadata }) => metadata.name);
    expect(claims).toEqual(expect.arrayContaining([...claimsOf(files), ...claimsOf(database)]));
    const beside = files.spec.affinity!.podAffinity.requiredDuringSchedulingIgnoredDuringExecution.map(({ labelSelector }) => labelSelector.matchLabels["app.kubernetes.io/name"]);
    expect(beside).toEqual(["backup"]); // which is where Prosody is
  });

  test("the workload of backups is reached by the one of the database, and by nothing else of it", async () => {
    const all = await objects();
    const policies = all.filter(({ kind }) => kind === "NetworkPolicy") as unknown as Policy[];
    const pod = (kind: string, name: RegExp, address: string) => ({ namespace: "xmpp-e2e-words", labels: templateOf(all, kind, name).metadata.labels, address });
    const [backups, files, database] = [pod("StatefulSet", /^backup$/, "10.0.0.1"), pod("Job", /^restore-files-[0-9a-f]{8}$/, "10.0.0.2"), pod("Job", /^restore-database-[0-9a-f]{8}$/, "10.0.0.3")];
    expect([allowed(policies, database, backups, 8432), allowed(policies, files, backups, 8432), allowed(policies, files, { address: "192.0.2.1" }, 443)]).toEqual([true, false, false]);
  });

  test("every object is of its kind's schema", async () => {
    for (const object of await objects()) {
      const { [object.kind]: Model } = (await import(`kubernetes-models/${object.apiVersion}`)) as Record<string, new (data: object) => { validate(): void }>;
      expect(() => new Model!(object).validate(), `${object.kind} ${object.metadata.name}`).not.toThrow();
    }
  });
});
