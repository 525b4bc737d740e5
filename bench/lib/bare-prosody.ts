// A Prosody and a PostgreSQL beside a stack that is up, from its images and with its limits, which removes them with its own.
import { copyFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { join } from "node:path";
import { execa } from "execa";
import type { Login } from "../../ops/xmpp-client.ts";
import { type Database, query } from "./archive-rows.ts";
import { imageOf, limitsOf } from "./container.ts";
import { copyRelease } from "./release.ts";
import type { BenchStack } from "./stack.ts";

const hardening = ["--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges:true"];
const data = "/var/lib/postgresql/17";

export class BareProsody {
  readonly container: string;
  readonly database: Database;

  private constructor({ namespace }: BenchStack) {
    this.container = `${namespace}-bare-prosody`;
    this.database = { container: `${namespace}-bare-postgres`, name: "postgres" };
  }

  /** With the account of that login. PostgreSQL has the configuration that initdb makes, but lets the network in. */
  static async start(stack: BenchStack, login: Pick<Login, "username" | "domain" | "password">): Promise<BareProsody> {
    const bare = new BareProsody(stack);
    const { container, database } = bare;
    const like = `${stack.namespace}-postgres`;
    const image = await imageOf(like);
    const volume = ["--volume", `${database.container}:/var/lib/postgresql`];
    await execa("docker", ["run", "--rm", ...volume, image, "/usr/lib/postgresql/17/bin/initdb", `--pgdata=${data}`, "--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--data-checksums"]);
    const settings = ["-c", "listen_addresses=*", "-c", "unix_socket_directories=/run/postgresql", "-c", "hba_file=/configuration/pg_hba.conf"];
    await execa("docker", [
      "run", "--detach", "--name", database.container, "--network", stack.networks.back, "--network-alias", "bare-postgres", ...hardening, ...(await limitsOf(like)),
      ...volume, "--tmpfs", "/run/postgresql:mode=0700,uid=5432,gid=5432", "--volume", `${process.cwd()}/bench/bare-prosody:/configuration:ro`, image, "/usr/lib/postgresql/17/bin/postgres", "-D", data, ...settings,
    ]);
    for (let tries = 60; (await query(database, "SELECT 1").catch(() => "")) !== "1"; await delay(500)) if (tries-- === 0) throw new Error(`${database.container} does not answer`);

    const configuration = await copyRelease(stack.container, stack.directory, "bare-prosody", 5222);
    copyFileSync("bench/bare-prosody/prosody.cfg.lua", join(configuration, "prosody.cfg.lua"));
    await execa("docker", [
      "run", "--detach", "--name", container, "--network", stack.networks.back, ...hardening, ...(await limitsOf(stack.container)),
      "--volume", `${container}:/var/lib/prosody`, "--volume", `${configuration}:/configuration:ro`, await imageOf(stack.container), "/usr/bin/prosody", "-F", "--config", "/configuration/prosody.cfg.lua",
    ]);
    await execa("docker", ["network", "connect", stack.networks.front, container]);
    await execa("docker", ["exec", container, "/usr/bin/prosodyctl", "--config", "/configuration/prosody.cfg.lua", "register", login.username, login.domain, login.password]);
    return bare;
  }
}
