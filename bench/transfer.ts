// How fast files go up and down, beside a Nginx that does nothing but that.
import { randomBytes } from "node:crypto";
import { copyFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { installPackages } from "../ops/docker-engine.ts";
import { trust } from "../ops/xmpp-client.ts";
import { componentLabels } from "../settings/hosts.ts";
import { frontPorts } from "../settings/ports.ts";
import { Session } from "../test/e2e/client.ts";
import { slotFor } from "../test/e2e/web.ts";
import { addressOn, imageOf } from "./lib/container.ts";
import { type Transfer, transfer } from "./lib/curl.ts";
import { type Figure, median, rounded } from "./lib/figure.ts";
import { copyRelease } from "./lib/release.ts";
import { BenchStack, benchDomain } from "./lib/stack.ts";

const uploadHost = `${componentLabels.upload}.${benchDomain}`;
/** Megabytes; 10 is the largest file that the stack takes by default. */
const sizes = [100, 10] as const;
const directions = ["upload", "download"] as const;
const servers = ["stack", "bare Nginx"] as const;

export const figure: Figure = {
  name: "transfer",
  title: "Uploads and downloads",
  how:
    "A file of random bytes goes up and comes down again by curl with HTTP/2: through the stack, in a slot that was asked for before (XEP-0363), and through bench/bare-nginx/nginx.conf in the stack's image, with the same limits of memory and processors, certificate, kind of volume and network. " +
    "curl's own clock runs from the connection, with its TLS handshake, to the end of the answer. Both take turns, in the opposite order every other time, after one of each that does not count; before each, `sync` waits until the disk has what was written before. Each value is a ratio of the medians of bytes per second. " +
    "Connections go to the containers' own addresses, not through Docker's proxy for ports on loopback.",
  limits: sizes.flatMap((size) => directions.map((direction) => ({ what: `${direction} of ${size} MB, of bare Nginx`, atLeast: 0.8, unit: "×" }))),
  async measure({ rounds }) {
    await installPackages("curl", ["curl"]);
    await using stack = await BenchStack.create({ uploads: { maxSize: "100MB", dailyQuota: "10GB", totalQuota: "10GB" } });
    await stack.npm("up");
    const login = await stack.login();
    trust(login.caCertificate);
    const authority = stack.write("ca.crt", login.caCertificate);
    const session = await Session.open(login);
    const to = { stack: { address: await addressOn(stack.networks.front, stack.front), port: frontPorts.https, authority }, "bare Nginx": { address: await startBareNginx(stack), port: frontPorts.https, authority } };

    const samples = Object.fromEntries(sizes.flatMap((size) => directions.flatMap((direction) => servers.map((server) => [label(server, direction, size), [] as number[]]))));
    for (let round = 0; round <= rounds; round++) {
      for (const size of sizes) {
        const bytes = size * 1_000_000;
        const file = join(stack.directory, `${size}MB`);
        if (round === 0) writeFileSync(file, randomBytes(bytes));
        for (const server of round % 2 === 0 ? servers : servers.toReversed()) {
          const { put, get, headers } = server === "stack" ? await slotFor(session, uploadHost, { size: bytes, name: "file.bin", type: "application/octet-stream" }) : bareSlot(`${size}MB-${round}`);
          const ways: Record<(typeof directions)[number], Transfer> = { upload: { ...to[server], url: put, upload: file, headers }, download: { ...to[server], url: get } };
          for (const direction of directions) {
            await execa("sync");
            const seconds = await transfer(ways[direction], bytes);
            if (round > 0) samples[label(server, direction, size)]!.push(rounded(size / seconds));
          }
        }
      }
    }
    await session.close();
    const ratio = (direction: (typeof directions)[number], size: number) => median(samples[label("stack", direction, size)]!) / median(samples[label("bare Nginx", direction, size)]!);
    return { values: sizes.flatMap((size) => directions.map((direction) => rounded(ratio(direction, size)))), samples, notes: [] };
  },
};

function label(server: (typeof servers)[number], direction: (typeof directions)[number], size: number): string {
  return `${direction} of ${size} MB, ${server}, MB/s`;
}

function bareSlot(name: string) {
  const url = `https://${uploadHost}/${name}`;
  return { put: url, get: url, headers: {} };
}

/** Starts the other Nginx beside a stack that is up, which removes it with its own. Returns its address. */
async function startBareNginx(stack: BenchStack): Promise<string> {
  const user = 5443;
  const configuration = await copyRelease(stack.front, stack.directory, "bare-nginx", user);
  copyFileSync("bench/bare-nginx/nginx.conf", join(configuration, "nginx.conf"));
  const name = `${stack.namespace}-bare-nginx`;
  const hardening = ["--user", `${user}:${user}`, "--group-add", "5400", "--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges:true", "--memory", "64m", "--memory-swap", "64m", "--cpus", "1"];
  const volumes = ["--tmpfs", `/run/nginx:size=16777216,mode=0700,uid=${user},gid=${user}`, "--volume", `${name}-uploads:/var/lib/prosody-uploads`, "--volume", `${configuration}:/configuration:ro`];
  const command = ["/usr/sbin/nginx", "-e", "stderr", "-p", "/configuration/", "-c", "/configuration/nginx.conf"];
  await execa("docker", ["run", "--detach", "--name", name, "--network", stack.networks.front, ...hardening, ...volumes, await imageOf(stack.front), ...command]);
  return addressOn(stack.networks.front, name);
}
