// The contract between components and platforms: a component says what it runs and needs, a platform gives it.
import type * as pulumi from "@pulumi/pulumi";

/** Directories that make an image's build context, content-addressed; the Dockerfile is at the context's root. */
export interface ImageSource {
  /** Name of the image without registry and tag, e.g. `prosody`. */
  readonly name: string;
  /** Directories copied into the build context: `from` in the project, `to` in the context ("." is its root). */
  readonly directories: readonly { readonly from: string; readonly to: string }[];
}

/** A file that is delivered to a running service: checked, swapped in and reloaded without a restart. */
export interface DeliveredFile {
  /** Path below the service's configuration directory. */
  readonly path: string;
  /** The text; a secret stays one on its way. */
  readonly content: pulumi.Input<string>;
  readonly secret: boolean;
}

export interface DataVolume {
  /** What it holds, e.g. `data`; its physical name is `<namespace>-<workload>-<name>-<generation>`. */
  readonly name: string;
  readonly path: string;
  /** Restore makes the next generation and keeps this one (docs/architecture.md, decision 9). */
  readonly generation: number;
}

export interface Port {
  readonly name: string;
  readonly port: number;
  /** Port on the machine, or none when only other workloads reach it. */
  readonly published?: number;
}

/** What a component asks of the platform. Paths and switches only in `environment`, never a secret. */
export interface WorkloadArgs {
  readonly image: ImageSource;
  readonly command: readonly string[];
  readonly user: { readonly uid: number; readonly gid: number };
  readonly environment: Readonly<Record<string, string>>;
  /** Delivered to `/config` by the image's own `/usr/lib/stack/deliver.lua`. */
  readonly files: readonly DeliveredFile[];
  readonly volumes: readonly DataVolume[];
  /** Directories in memory, owned by the user and empty at every start; sizes in bytes. */
  readonly scratch: Readonly<Record<string, number>>;
  readonly ports: readonly Port[];
  /** `front` reaches the outside, `back` only other workloads. */
  readonly networks: readonly ("front" | "back")[];
  readonly health: {
    readonly command: readonly string[];
    /** Seconds. */
    readonly interval: number;
    readonly timeout: number;
    readonly startPeriod: number;
    readonly retries: number;
  };
  /** Memory in bytes. */
  readonly resources: { readonly memory: number; readonly cpus: number; readonly pids: number };
  /** Seconds between the request to stop and the kill. */
  readonly stopGrace: number;
  /** Replaces the running service when it changes: a hash of what a reload does not reach. */
  readonly restartOn: string;
}

export interface Platform {
  /** Runs a workload; the resource it returns is its children's parent and carries no secrets. */
  workload(name: string, args: WorkloadArgs, options: pulumi.ComponentResourceOptions): pulumi.ComponentResource;
}
