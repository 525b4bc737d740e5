// How long a restore takes to the first login, beside a raw copy of the same volumes and a start of the stack.
import { randomBytes } from "node:crypto";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { restoredVolumes } from "../components/generations.ts";
import { installPackages } from "../ops/docker-engine.ts";
import { type Login, trust } from "../ops/xmpp-client.ts";
import { componentLabels } from "../settings/hosts.ts";
import { frontPorts } from "../settings/ports.ts";
import { Session } from "../test/e2e/client.ts";
import { slotFor } from "../test/e2e/web.ts";
import { fillArchive, query } from "./lib/archive-rows.ts";
import { addressOn } from "./lib/container.ts";
import { transfer } from "./lib/curl.ts";
import { type Figure, median, rounded, secondsSince } from "./lib/figure.ts";
import { BenchStack, benchDomain } from "./lib/stack.ts";
import type { TimedLine } from "./lib/timed-lines.ts";

const files = 70;
const fileSize = 10_000_000;
const messages = 200_000;
/** Each takes long, and writes gigabytes. */
const most = 3;

export const figure: Figure = {
  name: "restore",
  title: "Restore of a service of 1 GB",
  how:
    `A community stack has ${files} uploads of ${fileSize / 1e6} MB of random bytes, and ${messages.toLocaleString("en")} archived messages of one account beside a fifth as many of others (about 300 MB with their indexes); of these a backup is made. \`npm run xmpp -- restore latest --yes\`: from its start to its last line “login: works”, with which the service is there on what was restored. ` +
    `Beside it in turns: the stack is down, \`cp -a\` copies the same volumes (${restoredVolumes.join(", ")}) into new ones in a container, then \`npm run up\` to its line “login: works”. Before each, \`sync\` waits for the disk. The value is the ratio of the medians of at most ${most} rounds, for each takes long; a round before the first does not count.`,
  limits: [{ what: "of a raw copy and a start", atMost: 2, unit: "×" }],
  async measure({ rounds }) {
    await installPackages("curl", ["curl"]);
    await using stack = await BenchStack.create({ scale: "community", monitoring: "off", turn: { enabled: false }, uploads: { dailyQuota: "10GB" } });
    await stack.npm("up");
    const login = await stack.login();
    trust(login.caCertificate);
    const database = { container: `${stack.namespace}-postgres`, name: "prosody" };
    await fillArchive(database, { host: benchDomain, user: login.username, count: messages });
    await fillUploads(stack, login);
    const size = Number(await query(database, "SELECT pg_total_relation_size('prosodyarchive')"));
    await stack.npm("xmpp", "backup", "now");

    const samples = { "restore to the login, s": [] as number[], "raw copy, s": [] as number[], "start after it to the login, s": [] as number[], "raw copy and start, s": [] as number[] };
    let last: TimedLine[] = [];
    for (let round = 0, generation = 1; round <= Math.min(rounds, most); round++) {
      const copied = await rawCopy(stack, generation++);
      await execa("sync");
      last = await stack.timed("xmpp", "restore", "latest", "--yes");
      const restored = lastLogin(last);
      await stack.npm("xmpp", "restore", "--commit", "--yes");
      if (round === 0) continue;
      samples["restore to the login, s"].push(rounded(restored));
      samples["raw copy, s"].push(copied.copy);
      samples["start after it to the login, s"].push(copied.start);
      samples["raw copy and start, s"].push(rounded(copied.copy + copied.start));
    }
    return {
      values: [rounded(median(samples["restore to the login, s"]) / median(samples["raw copy and start, s"]))],
      samples,
      notes: [`The archive has ${Math.round(size / 1e6)} MB, the uploads have ${(files * fileSize) / 1e6} MB.`, ...last.filter(({ line }) => line !== "" && !line.startsWith(" ")).map(({ after, line }) => `the last restore, ${after.toFixed(1)} s: ${line}`)],
    };
  },
};

function lastLogin(lines: readonly TimedLine[]): number {
  const login = lines.findLast(({ line }) => line === "login: works");
  if (!login) throw new Error(`no login:\n${lines.map(({ line }) => line).join("\n")}`);
  return login.after;
}

/** Puts files there as people do. */
async function fillUploads(stack: BenchStack, login: Login & { readonly caCertificate: string }): Promise<void> {
  const to = { address: await addressOn(stack.networks.front, stack.front), port: frontPorts.https, authority: stack.write("ca.crt", login.caCertificate) };
  const session = await Session.open(login);
  const file = join(stack.directory, "upload");
  for (let number = 0; number < files; number++) {
    writeFileSync(file, randomBytes(fileSize));
    const { put, headers } = await slotFor(session, `${componentLabels.upload}.${benchDomain}`, { size: fileSize, name: `${number}.bin`, type: "application/octet-stream" });
    await transfer({ ...to, url: put, upload: file, headers }, fileSize);
  }
  rmSync(file);
  await session.close();
}

/** Seconds of a copy of the stack's data volumes while it is down, and of its start after that. It is up then. */
async function rawCopy(stack: BenchStack, generation: number): Promise<{ readonly copy: number; readonly start: number }> {
  await stack.npm("down");
  await execa("sync");
  const volumes = restoredVolumes.map((name) => `${stack.namespace}-${name}-${generation}`);
  const mounts = volumes.flatMap((volume) => ["--volume", `${volume}:/from/${volume}:ro`, "--volume", `${volume}-raw:/to/${volume}`]);
  const begun = performance.now();
  await execa("docker", ["run", "--rm", "--network", "none", ...mounts, "debian:trixie-slim", "cp", "-a", "/from/.", "/to"]);
  const copy = secondsSince(begun);
  const start = lastLogin(await stack.timed("up"));
  await execa("docker", ["volume", "rm", ...volumes.map((volume) => `${volume}-raw`)]);
  return { copy, start: rounded(start) };
}
