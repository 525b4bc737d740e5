// Places where a secret could have got to, as bytes to search in.
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { execa } from "execa";
import { docker, dockerOutput } from "../image/docker.ts";
import { pathsBelow } from "../setup/files.ts";

/** What lies in each place, by its name. */
export type Haystack = Map<string, Buffer>;

/** Arguments and environments of all processes of the machine at this moment. */
export function processes(pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name))): Buffer {
  const read = (path: string) => {
    try {
      return readFileSync(path);
    } catch {
      return Buffer.alloc(0); // it ended meanwhile
    }
  };
  // This process knows the secrets because it looks for them.
  const others = pids.filter((pid) => pid !== String(process.pid));
  return Buffer.concat(others.flatMap((pid) => [read(`/proc/${pid}/cmdline`), read(`/proc/${pid}/environ`)]));
}

/** Everything about a container: what the engine knows, its processes, its logs, its own layer over the image's. */
export async function containerPlaces(name: string): Promise<[string, Buffer][]> {
  const { exitCode, output } = await docker(["top", name, "-eo", "pid"]);
  const pids = exitCode === 0 ? (output.match(/\d+/g) ?? []) : []; // one that has finished has none
  const { stdout } = await execa("docker", ["export", name], { encoding: "buffer" });
  return [
    [`inspect of ${name}`, Buffer.from(await dockerOutput(["inspect", name]))],
    [`processes of ${name}`, processes(pids)],
    [`log of ${name}`, Buffer.from(await dockerOutput(["logs", name]))],
    [`files of ${name}`, Buffer.from(stdout)],
  ];
}

/** Everything about an image: what the engine knows, and its layers. */
export async function imagePlaces(reference: string): Promise<[string, Buffer][]> {
  const directory = mkdtempSync(join(tmpdir(), "e2e-image-"));
  try {
    await execa({ shell: "/bin/sh" })`docker save ${reference} | tar -xf - -C ${directory}`;
    const layers = pathsBelow(directory).map((file) => readFileSync(file));
    const plain = layers.map((bytes) => (bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes));
    return [
      [`inspect of ${reference}`, Buffer.from((await dockerOutput(["image", "inspect", reference])) + (await dockerOutput(["history", "--no-trunc", reference])))],
      [`layers of ${reference}`, Buffer.concat(plain)],
    ];
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** A rendered project, without the files that only their owner reads and git does not see. */
export function renderedPlaces(directory: string): [string, Buffer][] {
  const isSecretFile = (file: string) => file.startsWith(join(directory, "secrets/")) && (statSync(file).mode & 0o777) === 0o600;
  return pathsBelow(directory)
    .filter((file) => !isSecretFile(file))
    .map((file) => [file, readFileSync(file)]);
}

/** Where the needles are, as `needle in place`. */
export function search(haystack: Haystack, needles: ReadonlyMap<string, string>): string[] {
  return [...haystack].flatMap(([place, bytes]) =>
    [...needles].filter(([, needle]) => bytes.includes(needle)).map(([name]) => `${name} in ${place}`),
  );
}
