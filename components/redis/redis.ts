// Redis: sets that services look up, which change live, and the state that they tell others of. In memory only.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { type ImageSource, type Platform, plainFile } from "../../platform/workload.ts";
import type { Settings } from "../../settings/schema.ts";
import { luaValue } from "../prosody/lua.ts";

export interface RedisArgs {
  /** Where it runs. */
  readonly platform: Platform;
  /** The checked settings of the stack. */
  readonly settings: Settings;
  /** Members of sets by their keys (secret). */
  readonly sets: Readonly<Record<string, readonly pulumi.Input<string>[]>>;
  /** The workloads that connect. */
  readonly from: readonly string[];
  /** Whether somebody watches it, who is let in with a password of their own. */
  readonly watched: boolean;
}

/** Where it listens. */
export const redisPort = 6379;

/** The uid and gid of `redis` in the image. */
const user = { uid: 6379, gid: 6379 };

/** Bytes: four times what its configuration lets it hold. */
export const redisMemory = 64 * 2 ** 20;

const configurationFile = "config-templates/redis/redis.conf";

/**
 * A Redis that whoever knows its password may read these sets of, and keep the state of TURN allocations in. A change of the sets is
 * in force at once, as a whole.
 *
 * @example new Redis("redis", { platform, settings, sets: { "turn/realm/xmpp.example.org/secret": secrets.valid }, from: ["coturn"], watched: false })
 * @see https://redis.io/docs/latest/operate/oss_and_stack/management/security/acl/
 */
export class Redis extends pulumi.ComponentResource {
  /** What it wants to hear of whoever connects (secret). */
  readonly password: pulumi.Output<string>;
  /** The same for the user `monitoring`, who reads what Redis tells of itself and counts keys (secret); none where nobody watches. */
  readonly monitoringPassword: pulumi.Output<string> | undefined;

  constructor(name: string, args: RedisArgs, options: pulumi.ComponentResourceOptions = {}) {
    const { platform, settings, sets, from, watched } = args;
    super("prosody-stack:redis:Redis", name, {}, options);
    const password = (of: string) => new random.RandomPassword(of, { length: 48, special: false }, { parent: this }).result;
    this.password = password(`${name}-password`);
    this.monitoringPassword = watched ? password(`${name}-password-monitoring`) : undefined;

    const configuration = readFileSync(configurationFile, "utf8");
    const filling = pulumi.secret(pulumi.output(sets).apply((known) => `return ${luaValue(known)}\n`));
    platform.workload(
      `${name}-server`,
      {
        name: "redis",
        image: redisImageSource(),
        command: ["/usr/bin/lua5.4", "/usr/lib/stack/start.lua"],
        user,
        groups: [],
        environment: {},
        files: [
          plainFile("redis.conf", configuration),
          { path: "secrets/password", content: this.password, secret: true },
          ...(this.monitoringPassword === undefined ? [] : [{ path: "secrets/monitoring-password", content: this.monitoringPassword, secret: true }]),
          { path: "secrets/sets.lua", content: filling, secret: true },
        ],
        volumes: [],
        scratch: { "/run/redis": 2 ** 20, "/tmp": 2 ** 20 },
        ports: [{ name: "redis", port: redisPort, from: [...from, ...(watched ? ["exporters"] : [])] }],
        networks: ["back"],
        reaches: "workloads",
        health: { ...settings.health, command: ["/usr/bin/lua5.4", "/usr/lib/stack/health.lua"] },
        resources: { ...settings.resources, memory: redisMemory },
        stopGrace: settings.stopGrace,
        restartOn: createHash("sha256").update(configuration).digest("hex").slice(0, 16),
      },
      { parent: this },
    );
    this.registerOutputs();
  }
}

/** What the image is built of. */
export function redisImageSource(): ImageSource {
  return {
    name: "redis",
    directories: [
      { from: "components/base", to: "base" },
      { from: "components/redis/image", to: "." },
    ],
  };
}
