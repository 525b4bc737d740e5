// Generations of data volumes, as both platforms are asked for them.
import { rmSync } from "node:fs";
import { expect, test } from "vitest";
import { restoredVolumes } from "../../components/generations.ts";
import type { Registration } from "../../render/recorder.ts";
import { renderManifests } from "../../render/kubernetes.ts";
import { dev, named, place, rendered, temporaryDirectory } from "./stack.ts";

const own = { ...dev, database: "postgresql", backup: { enabled: true } };
const restore = { backup: "20261129T020000Z" };

interface Data {
  readonly name: string;
  readonly protect: boolean;
}

const dataOf = (registrations: readonly Registration[], nameOf: (inputs: Registration["inputs"]) => unknown): Data[] =>
  registrations.filter(({ type, retainOnDelete }) => retainOnDelete && /:(Volume|PersistentVolumeClaim)$/.test(type)).map(({ inputs, protect }) => ({ name: String(nameOf(inputs)), protect }));

/** On Docker, without the namespace. */
async function volumes(settings: object): Promise<Data[]> {
  const { recording } = await rendered({ ...own, ...settings });
  return dataOf(recording.registrations, ({ name }) => String(name).replace("xmpp-dev-", ""));
}

async function onCluster(settings: object) {
  const directory = temporaryDirectory();
  try {
    return await renderManifests({ stack: "dev", ...place(directory, { ...own, platform: "kubernetes", ...settings }) });
  } finally {
    rmSync(directory, { recursive: true });
  }
}

async function claims(settings: object): Promise<Data[]> {
  const { recording } = await onCluster(settings);
  return dataOf(recording.registrations, ({ metadata }) => (metadata as { name: string }).name);
}

const restored = (data: readonly Data[]) => data.filter(({ name }) => restoredVolumes.some((volume) => name.startsWith(`${volume}-`)));
const each = (generation: number, protect: boolean) => restoredVolumes.map((volume) => ({ name: `${volume}-${generation}`, protect }));
const sorted = (data: readonly Data[]) => data.toSorted((a, b) => (a.name < b.name ? -1 : 1));

test.each<[string, (settings: object) => Promise<Data[]>]>([["Docker", volumes], ["Kubernetes", claims]])("%s has the current one protected, and the others beside it", async (_, data) => {
  const of = async (settings: object) => sorted(restored(await data(settings)));
  expect(await of({})).toEqual(sorted(each(1, true)));
  expect(await of({ restore })).toEqual(sorted([...each(1, true), ...each(2, false)]));
  expect(await of({ generation: { current: 2, oldest: 1 } })).toEqual(sorted([...each(1, false), ...each(2, true)]));
  expect(await of({ generation: { current: 2 } })).toEqual(sorted(each(2, true)));
});

test("a generation is the same resource before, while and after it is the current one", async () => {
  const names = async (settings: object) => {
    const { recording } = await rendered({ ...own, ...settings });
    return new Map(recording.registrations.filter(({ retainOnDelete }) => retainOnDelete).map(({ urn, inputs }) => [String(inputs.name), urn.split("::").at(-1)]));
  };
  const runs = [await names({}), await names({ restore }), await names({ generation: { current: 2, oldest: 1 } })];
  for (const run of runs) {
    for (const [name, urn] of run) for (const other of runs) expect([undefined, urn], name).toContain(other.get(name));
  }
  expect(runs[1]!.get("xmpp-dev-postgres-data-2")).toBe("postgres-server-data-2");
  expect(runs[2]!.get("xmpp-dev-postgres-data-1")).toBe("postgres-server-data");
});

test("a service sees the current one only", async () => {
  const mounts = async (settings: object) => {
    const { recording } = await rendered({ ...own, ...settings });
    const seen = ["prosody", "nginx", "postgres"].flatMap((service) => (named(recording.registrations, `${service}-server-container`).inputs.volumes as { volumeName: string }[]).map(({ volumeName }) => volumeName));
    return seen.filter((name) => /-\d+$/.test(name));
  };
  expect(await mounts({ generation: { current: 3, oldest: 1 }, restore })).toEqual(["xmpp-dev-prosody-data-3", "xmpp-dev-prosody-uploads-3", "xmpp-dev-prosody-uploads-3", "xmpp-dev-postgres-data-3"]);
});

test("a claim that is kept is data, which no up removes", async () => {
  const { manifests } = await onCluster({ generation: { current: 2, oldest: 1 } });
  const kept = manifests.filter(({ kept }) => kept).map(({ object }) => object.metadata.name);
  expect(kept).toEqual(expect.arrayContaining(["prosody-data-1", "prosody-data-2", "prosody-uploads-1", "postgres-data-1"]));
});
