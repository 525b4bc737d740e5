// A real S3 server for the tests: versitygw over a directory, by HTTPS, in a container of its own.
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { baseImage, ensureBaseImage } from "../../ops/image-builds.ts";
import { run } from "../../ops/run.ts";
import { ensureGo } from "../cluster/go.ts";
import { docker, dockerOutput, eventually } from "../image/docker.ts";
import { authority } from "./certificates.ts";

const version = "1.8.0";

export const bucket = "backups";
export const keys = { accessKeyId: "a-test", secretAccessKey: "the-secret-of-the-test" } as const;

const kept = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "prosody-stack/s3");
const program = join(kept, `versitygw-${version}`);

export const isS3ProgramBuilt = (): boolean => existsSync(program);

/** The server's program, built once and kept outside the repository. */
export async function ensureS3Program(): Promise<string> {
  if (isS3ProgramBuilt()) return program;
  await ensureGo();
  const incoming = join(kept, `incoming-${process.pid}`);
  mkdirSync(incoming, { recursive: true });
  const { exitCode, stderr } = await run("go", ["install", `github.com/versity/versitygw/cmd/versitygw@v${version}`], { env: { ...process.env, GOBIN: incoming, CGO_ENABLED: "0", GOFLAGS: "-mod=mod" } });
  if (exitCode !== 0) throw new Error(`versitygw: ${stderr}`);
  renameSync(join(incoming, "versitygw"), program);
  rmSync(incoming, { recursive: true });
  return program;
}

export class S3Server {
  readonly name: string;
  /** Of the authority that its certificate is of. */
  readonly ca: string;
  readonly #directory: string;

  private constructor(name: string, ca: string, directory: string) {
    this.name = name;
    this.ca = ca;
    this.#directory = directory;
  }

  /** Where containers of its network find it. */
  get endpoint(): string {
    return `https://${this.name}:7070`;
  }

  /** Starts one in a network, and waits until it answers. */
  static async start(name: string, network: string): Promise<S3Server> {
    await ensureS3Program();
    await ensureBaseImage();
    const directory = mkdtempSync(join(tmpdir(), "s3-"));
    const root = await authority("The S3 server's authority");
    const { certificate, key } = await root.issue([name]);
    writeFileSync(join(directory, "server.crt"), certificate);
    writeFileSync(join(directory, "server.key"), key);
    mkdirSync(join(directory, "data", bucket), { recursive: true });
    mkdirSync(join(directory, "sidecar"));
    await dockerOutput([
      "run", "-d", "--name", name, "--network", network, "-v", `${program}:/versitygw:ro`, "-v", `${directory}:/s3`, baseImage,
      "/versitygw", "--access", keys.accessKeyId, "--secret", keys.secretAccessKey, "--port", ":7070", "--cert", "/s3/server.crt", "--key", "/s3/server.key", "posix", "--sidecar", "/s3/sidecar", "/s3/data",
    ]);
    const server = new S3Server(name, root.certificate, directory);
    await eventually("the S3 server listens", async () => (await docker(["exec", name, "sh", "-c", "grep -q :1B9E /proc/net/tcp6 /proc/net/tcp"])).exitCode === 0);
    return server;
  }

  async stop(): Promise<void> {
    await dockerOutput(["stop", "--time", "1", this.name]);
  }

  async again(): Promise<void> {
    await dockerOutput(["start", this.name]);
  }

  async remove(): Promise<void> {
    await docker(["rm", "-f", "-v", this.name]);
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
