// What Docker is asked for: pure functions from a workload to container arguments. Hardening is done here, once for all.
import { createHash } from "node:crypto";
import type * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { type DeliveredFile, type PlatformArgs, type Port, type WorkloadArgs, completePort } from "../workload.ts";

interface ServiceContext {
  readonly args: WorkloadArgs;
  readonly image: docker.Image;
  /** The image's name and tag, which is its content. */
  readonly reference: string;
  readonly config: docker.Volume;
  readonly answers: docker.Volume;
  readonly settings: PlatformArgs;
}

interface NetworkContext {
  /** Physical name of the container. */
  readonly name: string;
  readonly data: readonly docker.Volume[];
  readonly front: docker.Network;
  readonly back: docker.Network;
}

/** The container that does the work, for good or to its end. */
export function containerArgs(context: ServiceContext & NetworkContext): docker.ContainerArgs {
  const { args, name, image, config, answers, data, settings } = context;
  return {
    ...hardening(args),
    name,
    hostname: name, // an alias on every network, too
    image: args.foreignImage ?? image.imageName,
    ...(args.runs?.as === "once" ? toItsEnd(args, args.runs) : forGood(args)),
    envs: environment(context),
    groupAdds: args.groups.map(String),
    readOnly: true,
    volumes: [
      { volumeName: config.name, containerPath: "/config", readOnly: true },
      { volumeName: answers.name, containerPath: "/answers" },
      ...data.map((volume, index) => ({ volumeName: volume.name, containerPath: args.volumes[index]!.path })),
      // As it is mounted at the start: to follow what is mounted later, the machine's root would have to be a shared mount.
      ...(args.host?.includes("files") ? [{ hostPath: "/", containerPath: "/host", readOnly: true }] : []),
    ],
    tmpfs: Object.fromEntries(
      Object.entries(args.scratch).map(([path, size]) => [
        path,
        `size=${size},mode=0700,uid=${args.user.uid},gid=${args.user.gid},noexec,nosuid,nodev`,
      ]),
    ),
    ports: publishedPorts(args, settings),
    ...networks(context),
    stopTimeout: args.stopGrace,
    destroyGraceSeconds: args.stopGrace,
    labels: [{ label: "prosody-stack.restart-on", value: args.restartOn }],
    logDriver: "json-file",
    logOpts: { "max-size": String(settings.logs.maxSize), "max-file": String(settings.logs.maxFiles) },
  };
}

function networks({ args, ...context }: ServiceContext & NetworkContext): Partial<docker.ContainerArgs> {
  if (args.networks.length === 0) return { networkMode: "none" };
  // One network's name only: what asks for it must not be given its address on the network of strangers.
  const named = args.networks.includes("back") ? "back" : "front";
  return { networksAdvanced: args.networks.map((network) => ({ name: context[network].name, aliases: network === named ? [args.name] : [] })) };
}

function forGood(args: WorkloadArgs): Partial<docker.ContainerArgs> {
  // An image of ours has no entrypoint.
  const command = args.foreignImage === undefined ? { command: [...args.command] } : { entrypoints: [...args.command] };
  return { ...command, restart: "unless-stopped", ...healthcheck(args) };
}

/** Its end is waited for, and its status and words are outputs. The engine knows no deadline. */
function toItsEnd({ command }: WorkloadArgs, { deadline }: { readonly deadline: number }): Partial<docker.ContainerArgs> {
  return { command: ["/usr/bin/lua5.4", "/usr/lib/stack/run-once.lua", String(deadline), ...command], restart: "no", mustRun: false, attach: true, logs: true };
}

function healthcheck({ health }: WorkloadArgs): Pick<docker.ContainerArgs, "healthcheck"> {
  if (health === undefined) return {};
  const { command, interval, timeout, startPeriod, retries } = health;
  return { healthcheck: { tests: ["CMD", ...command], interval: goDuration(interval), timeout: goDuration(timeout), startPeriod: goDuration(startPeriod), retries } };
}

/** Seconds as the provider reads them back (Go's time.Duration): written in another way, they would replace the container each time. */
function goDuration(seconds: number): string {
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)];
  return `${hours > 0 ? `${hours}h` : ""}${hours > 0 || minutes > 0 ? `${minutes}m` : ""}${seconds % 60}s`;
}

/** The one-shot that checks a workload's files and swaps them in (docs/architecture.md, decision 3). */
export function deliveryArgs(context: ServiceContext): docker.ContainerArgs {
  const { args, image, config, answers } = context;
  return {
    ...hardening(args),
    hostname: "deliver",
    image: image.imageName,
    command: ["/usr/bin/lua5.4", "/usr/lib/stack/deliver.lua", ...new Set(args.files.map(stagedDirectory))],
    envs: environment(context),
    networkMode: "none",
    restart: "no",
    mustRun: false,
    attach: true,
    logs: true,
    // No read-only root: the engine copies no file into such a container.
    uploads: args.files
      .toSorted((a, b) => (a.path < b.path ? -1 : 1))
      .map((file) => ({ file: `${stagedDirectory(file)}/${file.path}`, content: file.content, permissions: "0440" })),
    // The engine can give a copied file to users of its own host only (docs/decisions/0004), so it stays root's, and the
    // one-shot reads it by its group. What it writes on the volume belongs to the service's user alone.
    groupAdds: ["0", ...args.groups.map(String)],
    volumes: [
      { volumeName: config.name, containerPath: "/config" },
      { volumeName: answers.name, containerPath: "/answers", readOnly: true },
    ],
    labels: plainFileLabels(args.files),
    destroyGraceSeconds: args.stopGrace,
  };
}

/** What JSON says of one is what it said before there were ranges and protocols: a port without them is the instance that it was. */
interface Published extends Partial<Pick<Port, "count" | "protocols">> {
  readonly port: number;
  readonly published: number;
}

function published({ ports }: WorkloadArgs, { publish, publishOnMachine }: PlatformArgs): Published[] {
  return ports.flatMap(({ name, port, count, protocols }) => {
    const number = publish[name] ?? publishOnMachine[name];
    return number === undefined ? [] : [{ port, published: number, ...(count && { count }), ...(protocols && { protocols }) }];
  });
}

/** Docker knows no ranges: each port of one by itself. */
function publishedPorts(args: WorkloadArgs, settings: PlatformArgs): docker.types.input.ContainerPort[] {
  return published(args, settings).flatMap((port) => {
    const { count, protocols } = completePort({ name: "", ...port });
    const each = Array.from({ length: count }, (_, index) => ({ internal: port.port + index, external: port.published + index }));
    return protocols.flatMap((protocol) => each.flatMap((one) => settings.publishAddresses.map((ip) => ({ ...one, ip, protocol }))));
  });
}

function stagedDirectory({ secret }: DeliveredFile): string {
  return `/staged/${secret ? "secret" : "plain"}`;
}

/**
 * The environment of both containers. By STACK_INSTANCE the service knows whether a release is for itself, or for the
 * container that is about to take its place: one of a newer image, with other volumes.
 */
function environment({ args, reference, settings }: ServiceContext): string[] {
  const { command, user, groups, volumes, scratch, restartOn } = args;
  const seen = volumes.map(({ name, path, generation, of }) => ({ name, path, generation, of }));
  const instance = [reference, command, args.environment, user, groups, seen, scratch, published(args, settings), restartOn];
  const hash = createHash("sha256").update(JSON.stringify(instance)).digest("hex").slice(0, 16);
  return Object.entries({ ...args.environment, STACK_INSTANCE: hash }).map(([key, value]) => `${key}=${value}`).toSorted();
}

/** A hash per file or directory of the release: with a secret among them a preview hides all uploads, but shows these. */
function plainFileLabels(files: readonly DeliveredFile[]): { label: string; value: pulumi.Output<string> }[] {
  const plain = files.filter(({ secret }) => !secret);
  const groups = Map.groupBy(plain, ({ path }) => path.split("/")[0]!);
  return [...groups].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([name, members]) => ({
    label: `prosody-stack.files.${name}`,
    value: pulumi.all(members.map(({ path, content }) => pulumi.all([path, content]))).apply((pairs) =>
      createHash("sha256").update(JSON.stringify(pairs)).digest("hex").slice(0, 12),
    ),
  }));
}

function hardening({ user, resources }: WorkloadArgs): Partial<docker.ContainerArgs> {
  const memory = Math.ceil(resources.memory / 2 ** 20); // the provider counts in MiB
  return {
    user: `${user.uid}:${user.gid}`,
    capabilities: { drops: ["ALL"] },
    securityOpts: ["no-new-privileges:true"],
    memory,
    memorySwap: memory,
    cpus: Number.isInteger(resources.cpus) ? resources.cpus.toFixed(1) : String(resources.cpus), // as the provider reads it back
    // The provider has no pids limit; no two services share a uid, so this limits the same.
    ulimits: [{ name: "nproc", soft: resources.pids, hard: resources.pids }],
  };
}
