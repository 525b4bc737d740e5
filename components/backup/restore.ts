// A restore that is going on: what fills the next generation of data volumes, while the service goes on with the current one.
import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { type DataVolume, type DeliveredFile, type ImageSource, type Platform, type WorkloadArgs, plainFile } from "../../platform/workload.ts";
import type { Settings } from "../../settings/schema.ts";
import { nextGeneration } from "../generations.ts";
import { uploadsGroup, uploadsVolume } from "../prosody/uploads.ts";
import { dataVolume } from "../prosody/volumes.ts";
import { repositoryVolume } from "./repository-volume.ts";

/** What a restore needs of a backup's workload and of the database's. */
export interface RestorePart {
  readonly image: ImageSource;
  /** Besides the order. */
  readonly files: readonly DeliveredFile[];
}

export interface RestoreArgs {
  /** Where it runs. */
  readonly platform: Platform;
  /** The checked settings of the stack, which name a backup. */
  readonly settings: Settings;
  /** What restores files: accounts and archives too, where these are in one. */
  readonly files: RestorePart;
  /** What restores the stack's own PostgreSQL, where there is one. */
  readonly database?: RestorePart | undefined;
}

/** The workloads that a restore consists of, by what they restore. */
export const restoreWorkload = { files: "restore-files", database: "restore-database" } as const;

/** Those that there are with these settings. */
export function restoreWorkloads({ database }: Pick<Settings, "database">): string[] {
  return [restoreWorkload.files, ...(database === "postgresql" ? [restoreWorkload.database] : [])];
}

/** The text of `restore.json`, which says to each of them what to do. */
export function restoreOrder({ restore: { backup, at, from }, database }: Pick<Settings, "restore" | "database">): string {
  return `${JSON.stringify({ backup, ...(at === undefined ? {} : { at }), from, database })}\n`;
}

/** Seconds in which a restore has to be done. */
const deadline = 12 * 3600;

/**
 * One-shots that fill the next generation of data volumes from a backup. Each ends with status 0 and a last line of `restored ` and
 * JSON, or with another status and the reason as its last line; then the update fails, and the service is untouched.
 *
 * @example new Restore("restore", { platform, settings, files: { image: backupImageSource(), files }, database })
 */
export class Restore extends pulumi.ComponentResource {
  constructor(name: string, { platform, settings, files, database }: RestoreArgs, options: pulumi.ComponentResourceOptions = {}) {
    super("prosody-stack:backup:Restore", name, { backup: settings.restore.backup }, options);
    platform.workload(`${name}-files`, filesWorkload(settings, files), { parent: this });
    if (database !== undefined) platform.workload(`${name}-database`, databaseWorkload(settings, database), { parent: this });
    this.registerOutputs();
  }
}

function filesWorkload(settings: Settings, part: RestorePart): WorkloadArgs {
  const { backup, restore } = settings;
  const next = { generation: nextGeneration(settings.generation.current), of: "prosody" };
  const away = restore.from === "s3";
  return {
    ...run(settings, part),
    name: restoreWorkload.files,
    command: ["/usr/bin/python3", "-m", "stack_backup", "restore-files"],
    user: { uid: 5222, gid: 5222 }, // Prosody's, whose files they are
    groups: [uploadsGroup],
    environment: { PYTHONPATH: "/usr/lib/stack" },
    volumes: [
      { ...repositoryVolume(settings), of: "backup" },
      { ...dataVolume(settings), ...next },
      { ...uploadsVolume(settings), ...next },
    ],
    scratch: { "/tmp": 2 ** 26 },
    networks: away ? ["front"] : [],
    reaches: away ? "anybody" : "workloads",
    resources: { ...settings.resources, memory: backup.memory, cpus: backup.cpus },
  };
}

function databaseWorkload(settings: Settings, part: RestorePart): WorkloadArgs {
  const { postgres, storage, generation } = settings;
  const data: DataVolume = { name: "data", path: "/var/lib/postgresql", generation: nextGeneration(generation.current), size: storage.database, shared: false, of: "postgres" };
  return {
    ...run(settings, part),
    name: restoreWorkload.database,
    command: ["/usr/bin/lua5.4", "/usr/lib/stack/restore.lua"],
    user: { uid: 5432, gid: 5432 },
    groups: [],
    environment: {},
    volumes: [data],
    scratch: { "/run/postgresql": 2 ** 20, "/tmp": 2 ** 24 },
    networks: ["back"],
    reaches: "workloads",
    resources: { ...settings.resources, memory: postgres.memory, cpus: postgres.cpus },
  };
}

/** What both have in common: they run once for each order. */
function run(settings: Settings, { image, files }: RestorePart): Pick<WorkloadArgs, "image" | "runs" | "files" | "ports" | "stopGrace" | "restartOn"> {
  const order = restoreOrder(settings);
  return {
    image,
    runs: { as: "once", deadline },
    files: [...files, plainFile("restore.json", order)],
    ports: [],
    stopGrace: settings.stopGrace,
    restartOn: createHash("sha256").update(order).digest("hex").slice(0, 16),
  };
}
