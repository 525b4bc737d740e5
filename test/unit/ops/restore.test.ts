// What the restore command decides, at a place that only remembers what it was told.
import { describe, expect, test, vi } from "vitest";
import { parseSettings } from "../../../settings/parse.ts";
import type { Settings } from "../../../settings/schema.ts";
import type { End, Generation } from "../../../ops/place.ts";
import { type Means, cancelRestore, commitRestore, restore } from "../../../ops/restore.ts";
import { chosenBackup, comparedCounts } from "../../../ops/restore-choice.ts";
import { changedSettings } from "../../../ops/settings-file.ts";
import { domains } from "../settings/parsed.ts";

const [old, newest] = ["20261128T020000Z", "20261129T020000Z"];
const counts = { accounts: 3, uploads: { files: 2, bytes: 20 } };
const well: End = { exitCode: 0, words: `restored ${JSON.stringify({ counts, expected: counts })}` };

/** A stack whose `up` does what `onUp` does, each time with the settings as they are by then. */
class Fake {
  readonly steps: string[] = [];
  config: Record<string, unknown>;
  volumes: Generation[] = [{ name: "data-1", generation: 1 }];
  backups: readonly string[] = [old, newest];
  ends: Record<string, End | undefined> = { "restore-files": well };
  /** What an `up` is that restores. */
  restoring: () => Promise<void> = () => Promise.resolve();

  constructor(config: Record<string, unknown> = {}) {
    this.config = { domains, ...config };
  }

  settings(): Settings {
    const parsed = parseSettings(this.config, "unit");
    if ("problems" in parsed) throw new Error(JSON.stringify(parsed.problems));
    return parsed.settings;
  }

  get means(): Means {
    return {
      stack: { name: "unit" },
      settings: () => this.settings(),
      file: {
        refuseUnwritable: () => undefined,
        change: (change) => {
          const text = JSON.stringify({ config: Object.fromEntries(Object.entries(this.config).map(([key, value]) => [`prosody-stack:${key}`, value])) });
          const { config } = JSON.parse(changedSettings(text, change)) as { config: Record<string, unknown> };
          this.config = Object.fromEntries(Object.entries(config).map(([key, value]) => [key.replace("prosody-stack:", ""), value]));
        },
      },
      place: {
        execute: (_, command) => Promise.resolve({ exitCode: 0, stdout: JSON.stringify(this.backups.map((id) => ({ id }))), stderr: command.join(" ") }),
        ended: (workload) => Promise.resolve(this.ends[workload]),
        generations: () => Promise.resolve(this.volumes),
        removeGenerations: (gone) => {
          this.volumes = this.volumes.filter((volume) => !gone.includes(volume));
          return Promise.resolve();
        },
        forget: (workloads) => Promise.resolve(void this.steps.push(`forget ${workloads.join(" ")}`)),
      },
      up: async () => {
        const { generation: { current, oldest }, restore: { backup, at, from } } = this.settings();
        this.steps.push(`up ${[oldest, current].filter(Boolean).join("-")}${backup === undefined ? "" : ` restoring ${[backup, at, from].filter(Boolean).join(" ")}`}`);
        if (backup === undefined) return;
        this.volumes = [...this.volumes, { name: `data-${current + 1}`, generation: current + 1 }];
        await this.restoring();
      },
    };
  }

  get generations(): number[] {
    return this.volumes.map(({ generation }) => generation);
  }
}

vi.spyOn(process.stdout, "write").mockReturnValue(true);

describe("a restore", () => {
  test("fills the next generation, then switches to it, and keeps the one before", async () => {
    const fake = new Fake();
    await restore(fake.means, "latest", {});
    expect(fake.steps).toEqual([`up 1 restoring ${newest} local`, "up 1-2", "forget restore-files"]);
    expect(fake.config).toEqual({ domains, generation: { current: 2, oldest: 1 } });
    expect(fake.generations).toEqual([1, 2]);
  });

  test("that fails is taken back, with the volumes that it began, and says why", async () => {
    const fake = new Fake({ generation: { current: 3, oldest: 2 } });
    fake.volumes = [{ name: "data-2", generation: 2 }, { name: "data-3", generation: 3 }];
    fake.ends = { "restore-files": { exitCode: 1, words: "data is missing in pack 0a1b" } };
    fake.restoring = () => Promise.reject(new Error("pulumi could not bring the stack up; see above"));
    await expect(restore(fake.means, old, {})).rejects.toThrow("nothing was restored, and the service has the data that it had: restore-files: data is missing in pack 0a1b");
    expect(fake.steps).toEqual([`up 2-3 restoring ${old} local`, "up 2-3", "forget restore-files"]);
    expect(fake.config).toEqual({ domains, generation: { current: 3, oldest: 2 } });
    expect(fake.generations).toEqual([2, 3]);
  });

  test("of something else than what was in the backup is taken back, too", async () => {
    const fake = new Fake();
    fake.ends = { "restore-files": { exitCode: 0, words: `restored ${JSON.stringify({ counts: { accounts: 2 }, expected: counts })}` } };
    await expect(restore(fake.means, "latest", {})).rejects.toThrow("accounts: found 2, expected 3 as in the backup");
    expect([fake.config, fake.generations]).toEqual([{ domains }, [1]]);
  });

  test("that cannot be taken back says both reasons", async () => {
    const fake = new Fake();
    let ups = 0;
    fake.restoring = () => Promise.reject(new Error("no space left"));
    const { means } = fake;
    await expect(restore({ ...means, up: () => (ups++ === 0 ? means.up() : Promise.reject(new Error("no Docker engine answers"))) }, "latest", {})).rejects.toThrow("nothing was restored: no space left; and taking it back has failed: no Docker engine answers");
  });

  test("whose data does not come up stays in use, and the way back is said", async () => {
    const fake = new Fake();
    const { means } = fake;
    let ups = 0;
    await expect(restore({ ...means, up: () => (ups++ === 0 ? means.up() : Promise.reject(new Error("cannot log in"))) }, "latest", {})).rejects.toThrow(/^generation 2, which was restored, is in use.*cannot log in\n.*to go back set prosody-stack:generation to \{ current: 1, oldest: 1 \}/);
    expect(fake.config.generation).toEqual({ current: 2, oldest: 1 });
  });

  test("to a time takes the rest from the first backup since", async () => {
    const fake = new Fake({ database: "postgresql" });
    fake.ends = { "restore-files": { exitCode: 0, words: `restored ${JSON.stringify({ counts: { uploads: counts.uploads }, expected: counts })}` }, "restore-database": { exitCode: 0, words: 'restored {"counts": {"accounts": 1}}' } };
    const at = "2026-11-28T17:00:00Z";
    await restore(fake.means, "latest", { at });
    expect(fake.steps).toEqual([`up 1 restoring ${newest} ${at} local`, "up 1-2", "forget restore-files restore-database"]);
    expect(fake.config).toEqual({ domains, database: "postgresql", generation: { current: 2, oldest: 1 } });
  });

  test.each<[string, Record<string, unknown>, Partial<Fake>, object, string]>([
    ["without backups", {}, { backups: [] }, {}, "there are no backups yet; make one with npm run xmpp -- backup now"],
    ["without a workload of backups", { backup: { enabled: false } }, {}, {}, "backup.enabled: found false, expected true: nothing has the backups"],
    ["beside another", { restore: { backup: old } }, {}, {}, `restore.backup: found ${old}, a restore that has not come to its end; let go of it first (npm run xmpp -- restore --cancel)`],
    ["into volumes of one before", {}, { volumes: [{ name: "data-1", generation: 1 }, { name: "data-2", generation: 2 }] }, {}, "generation 2: found data-2, of a restore that has failed or was gone back from; let go of it first (npm run xmpp -- restore --cancel)"],
    ["of a file to a time", {}, {}, { at: "2026-11-29T14:05:00Z" }, "--at: found 2026-11-29T14:05:00Z with database sqlite, of which there are the states of its backups only; remove it"],
    ["to no time", { database: "postgresql" }, {}, { at: "yesterday" }, '--at: found "yesterday", expected a time such as "2026-11-29T14:05:00Z"'],
    ["from nowhere", {}, {}, { from: "s3" }, "--from: found s3 without backup.s3.endpoint, expected local; set that, or remove this"],
  ])("%s is refused before anything changes", async (_, config, more, options, message) => {
    const fake = Object.assign(new Fake(config), more);
    const before = structuredClone(fake.config);
    await expect(restore(fake.means, "latest", options)).rejects.toThrow(message);
    expect([fake.config, fake.steps]).toEqual([before, []]);
  });
});

describe("letting go", () => {
  test("of what was before leaves the current generation alone", async () => {
    const fake = new Fake({ generation: { current: 2, oldest: 1 } });
    fake.volumes = [{ name: "data-1", generation: 1 }, { name: "data-2", generation: 2 }];
    await commitRestore(fake.means, { yes: true });
    expect([fake.config, fake.steps, fake.generations]).toEqual([{ domains, generation: { current: 2 } }, ["up 2"], [2]]);
    await commitRestore(fake.means, { yes: true });
    expect(fake.steps).toEqual(["up 2"]);
  });

  test("of what was stopped leaves what is in use", async () => {
    const fake = new Fake({ restore: { backup: old, at: "2026-11-29T14:05:00Z" }, database: "postgresql" });
    fake.volumes = [{ name: "data-1", generation: 1 }, { name: "data-2", generation: 2 }];
    await cancelRestore(fake.means, { yes: true });
    expect([fake.config, fake.steps, fake.generations]).toEqual([{ domains, database: "postgresql" }, ["up 1", "forget restore-files restore-database"], [1]]);
    await cancelRestore(fake.means, { yes: true });
    expect(fake.steps.length).toBe(2);
  });

  test("asks first, and changes nothing where nobody answers", async () => {
    const fake = new Fake({ generation: { current: 2, oldest: 1 } });
    fake.volumes = [1, 2, 3].map((generation) => ({ name: `data-${generation}`, generation }));
    await expect(commitRestore(fake.means, { yes: false })).rejects.toThrow("--commit removes what was there before the last restore (data-1) of stack unit; add --yes to confirm");
    await expect(cancelRestore(fake.means, { yes: false })).rejects.toThrow("--cancel removes what was restored and is not in use (data-3) of stack unit; add --yes to confirm");
    expect([fake.steps, fake.generations]).toEqual([[], [1, 2, 3]]);
  });
});

describe("the backup that is taken", () => {
  const backups = [old, newest].map((id) => ({ id }));
  test.each([
    ["latest", undefined, newest],
    [old, undefined, old],
    ["latest", "2026-11-28T02:00:00Z", old],
    ["latest", "2026-11-28T02:00:01Z", newest],
    ["latest", "2026-11-30T00:00:00Z", newest],
    [old, "2026-11-30T00:00:00Z", old],
  ])("%s, at %s: %s", (wanted, at, expected) => expect(chosenBackup(backups, wanted, at)).toBe(expected));

  test("has to be there", () => {
    expect(() => chosenBackup(backups, "20261127T020000Z", undefined)).toThrow(`backup: found 20261127T020000Z, expected latest or one of ${old}, ${newest}`);
    expect(() => chosenBackup(backups, "latest", "2026-11-01T00:00:00Z")).toThrow(`--at: found 2026-11-01T00:00:00Z, expected a time since the oldest backup (${old})`);
  });
});

describe("counts", () => {
  const files = (there: object, expected: object): End => ({ exitCode: 0, words: `restored ${JSON.stringify({ counts: there, expected })}` });
  const database = (there: object): End => ({ exitCode: 0, words: `restored ${JSON.stringify({ counts: there })}` });

  test("of both are compared, whatever their order", () => {
    expect(comparedCounts(files({ uploads: { files: 1, bytes: 2 } }, { accounts: 3, uploads: { bytes: 2, files: 1 } }), database({ accounts: 3 }), undefined)).toEqual({ uploads: { files: 1, bytes: 2 }, accounts: 3 });
    expect(() => comparedCounts(files({}, { accounts: 3 }), database({ accounts: 2 }), undefined)).toThrow("accounts: found 2, expected 3 as in the backup");
  });

  test("of the database at another time are its own", () => {
    expect(comparedCounts(files({}, { accounts: 3 }), database({ accounts: 2 }), "2026-11-29T14:05:00Z")).toEqual({ accounts: 2 });
  });

  test.each([undefined, { exitCode: 0, words: "bye" }, { exitCode: 1, words: "no such backup" }])("have to be told: %j", (end) => {
    expect(() => comparedCounts(end, undefined, undefined)).toThrow(`restore-files: ${end?.words ?? "has not said what it restored"}`);
  });
});
