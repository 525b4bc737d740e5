// Nginx's own check of what is delivered to it, by the one-shot that delivers it: the files, users and checks of a stack.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { nginxImageSource } from "../../components/nginx/nginx.ts";
import { uploadsGroup } from "../../components/prosody/uploads.ts";
import { writeProject } from "../../render/render.ts";
import { dev, rendered } from "../components/stack.ts";
import { builtImage } from "../setup/built-image.ts";
import { pair } from "../setup/certificates.ts";
import { frontVariants } from "../setup/front-variants.ts";

const oneShot = "xmpp-dev-nginx-server-deliver";

let image: string;
let directory: string;
beforeAll(async () => {
  image = await builtImage(nginxImageSource());
  directory = await mkdtemp(join(tmpdir(), "nginx-test-"));
}, 300_000);
afterAll(() => rm(directory, { recursive: true }));

interface Staged {
  /** Where the rendered project has the files, as they are and as secrets. */
  readonly plain: string;
  readonly secret: string;
  readonly command: readonly string[];
  /** As `docker run` takes them. */
  readonly volumes: readonly string[];
}

/** The one-shot for Nginx of a stack with these settings, as the rendered project has it. */
async function staged(settings: object): Promise<Staged> {
  const out = await mkdtemp(join(directory, "out-"));
  const project = await rendered({ ...dev, ...settings });
  writeProject(project, out);
  const { command, volumes } = (project.compose.services as Record<string, { command: string[]; volumes: string[] }>)[oneShot]!;
  const mounted = volumes.filter((volume) => volume.startsWith("./")).map((volume) => join(out, volume));
  return { plain: join(out, `files/${oneShot}/staged/plain`), secret: join(out, `secrets/${oneShot}/staged/secret`), command, volumes: mounted };
}

async function deliver({ command, volumes }: Staged): Promise<{ exitCode: number | undefined; lines: string[] }> {
  const { exitCode, all } = await execa("docker", [
    ...["run", "--rm", "--network", "none", "--user", "5443:5443", "--group-add", String(uploadsGroup)],
    ...["--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--memory", "64m", "--memory-swap", "64m"],
    ...["/config", "/answers"].flatMap((path) => ["--tmpfs", `${path}:uid=5443,gid=5443,mode=0700`]),
    ...[...volumes.flatMap((volume) => ["--volume", volume]), image, ...command],
  ], { reject: false, all: true });
  return { exitCode, lines: all.trim().split("\n") };
}

describe("Nginx takes its configuration without a warning", () => {
  test.each(Object.entries(frontVariants))("given %s", async (_, settings) => {
    const { exitCode, lines } = await deliver(await staged(settings));
    expect(lines).toEqual([expect.stringMatching(/^delivered [0-9a-f]{16}: read at the next start$/)]);
    expect(exitCode).toBe(0);
  });
});

describe("Nginx refuses, with the reason in one line,", () => {
  test("what it does not know", async () => {
    const files = await staged({});
    const path = join(files.plain, "sites.conf");
    await writeFile(path, `${await readFile(path, "utf8")}\nno_such_directive on;\n`);
    const { exitCode, lines } = await deliver(files);
    expect(lines.at(-1)).toMatch(/^refused: unknown directive "no_such_directive" in sites\.conf:\d+$/);
    expect(exitCode).toBe(3);
  });

  test("a key that is not the certificate's", async () => {
    const files = await staged({});
    const { key } = await pair(["xmpp.localhost"]);
    await writeFile(join(files.secret, "certs/xmpp.localhost.key"), key);
    const { exitCode, lines } = await deliver(files);
    expect(lines.at(-1)).toMatch(/^refused: SSL_CTX_use_PrivateKey\("certs\/xmpp\.localhost\.key"\) failed .*key values mismatch/);
    expect(exitCode).toBe(3);
  });
});
