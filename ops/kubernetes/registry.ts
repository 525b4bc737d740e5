// npm run images -- push: what a stack runs, built where it is missing, in the registry that its cluster pulls from, and its
// digests in images.lock.
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { nameInRegistry } from "../../platform/kubernetes/image.ts";
import { imagesLockPath, imagesLockText, mergedImagesLock, readImagesLock, repositoryOf } from "../../platform/kubernetes/images-lock.ts";
import { imagesOf } from "../../scales/images.ts";
import { namespace } from "../../settings/problems.ts";
import type { Settings } from "../../settings/schema.ts";
import { ensureDockerEngine } from "../docker-engine.ts";
import { OperatorError } from "../errors.ts";
import { ensureImage } from "../image-builds.ts";
import { run, say } from "../run.ts";
import { openStack, settingsOfStack } from "../stack.ts";

/** @throws OperatorError with one line for what is in the way; what was pushed until then is recorded */
export async function pushImages(settings: Settings): Promise<void> {
  const registry = registryOf(settings);
  await ensureDockerEngine();
  const current = new Set([...namesOf(settings), ...namesOfStacks()]);
  for (const { reference, path } of imagesOf(settings)) {
    const name = nameInRegistry(reference, registry);
    const known = readImagesLock().get(name);
    const there = known !== undefined && (await has(name, known));
    if (there) say(`${name}: in the registry already, nothing to push`);
    const digest = there ? known : await push(name, reference, path);
    const lock = mergedImagesLock(readImagesLock(), new Map([[name, digest]]), current);
    record(imagesLockText(lock));
  }
}

function registryOf({ platform, kubernetes: { registry } }: Settings): string {
  if (platform !== "kubernetes") throw new OperatorError(`${namespace}:platform: found ${platform}, whose images are built where they run; only those of a cluster are pushed`);
  if (registry === undefined) throw new OperatorError(`${namespace}:kubernetes.registry: found nothing, expected the registry to push to, such as registry.example.org/xmpp`);
  return registry;
}

/** Whether the registry has that very image. Docker's engine asks, as the one that knows how it is reached, and fetches it where it is not here. */
async function has(name: string, digest: string): Promise<boolean> {
  const { exitCode, stderr } = await run("docker", ["pull", "--quiet", `${repositoryOf(name)}@${digest}`]);
  if (exitCode === 0) return true;
  if (/manifest unknown|not found|name unknown/i.test(stderr)) return false;
  throw new OperatorError(refusal(name, stderr));
}

/** Builds an image where it is missing and pushes it. @returns the digest that the registry knows it by */
async function push(name: string, reference: string, path: string): Promise<string> {
  await ensureImage(reference, path);
  await run("docker", ["tag", reference, name]);
  say(`${name}: pushing`);
  const { exitCode, stdout, stderr } = await run("docker", ["push", name]);
  if (exitCode !== 0) {
    await run("docker", ["image", "rm", name]); // a name of what is nowhere
    throw new OperatorError(refusal(name, stderr || stdout));
  }
  const digest = digestOf(stdout);
  if (digest === undefined) throw new OperatorError(`${name}: docker push named no digest: ${lastLine(stdout)}`);
  say(`${name}: pushed as ${digest}`);
  return digest;
}

/** The digest in what `docker push` prints last. */
export function digestOf(output: string): string | undefined {
  return /: digest: (sha256:[0-9a-f]{64}) size: \d+$/m.exec(output)?.[1];
}

/** Docker's words as one line, with what to do where it has not been let in. */
export function refusal(name: string, said: string): string {
  const reason = lastLine(said).replace(/^(Error response from daemon|error): /i, "");
  const [first = ""] = name.split("/");
  const host = /[.:]|^localhost$/.test(first) ? ` ${first}` : ""; // else Docker's own
  if (/basic auth|unauthorized|authentication|denied|forbidden/i.test(reason)) return `${namespace}:kubernetes.registry: ${repositoryOf(name)} may not be pushed to by who is logged in here: ${reason}; run docker login${host}`;
  if (/dial tcp|no such host|connection re|timeout|timed out|deadline|tls:|x509|HTTP response to HTTPS|: EOF$/i.test(reason)) return `${namespace}:kubernetes.registry: found ${first}, which does not answer: ${reason}`;
  return `${name}: cannot be pushed: ${reason}`;
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1)!.trim();
}

/** The images of a stack by the names that they have in its registry; none where it has no registry. */
function namesOf(settings: Settings): string[] {
  const { platform, kubernetes: { registry } } = settings;
  return platform !== "kubernetes" || registry === undefined ? [] : imagesOf(settings).map(({ reference }) => nameInRegistry(reference, registry));
}

/** Of all stacks of the project: two may push to one repository, with modules of their own. One with wrong settings has none. */
function namesOfStacks(): string[] {
  const stacks = readdirSync(".").flatMap((file) => /^Pulumi\.([\w-]+)\.yaml$/.exec(file)?.[1] ?? []);
  return stacks.flatMap((name) => {
    try {
      return namesOf(settingsOfStack(openStack(name)));
    } catch {
      return []; // its next push records them again
    }
  });
}

function record(text: string): void {
  const path = imagesLockPath();
  if (existsSync(path) && readFileSync(path, "utf8") === text) return;
  writeFileSync(path, text);
  say(`${path}: written; commit it`);
}
