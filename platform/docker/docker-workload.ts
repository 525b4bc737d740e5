// One workload on Docker: its image, its volumes, the one-shot that delivers its files, and its container.
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { type ImageContext, imageContext } from "../image-context.ts";
import { generationName, generationsOf, protection } from "../kept-volumes.ts";
import type { DataVolume, WorkloadArgs } from "../workload.ts";
import { containerArgs, deliveryArgs } from "./container.ts";
import type { DockerPlatform } from "./platform.ts";

export interface DockerWorkloadArgs extends WorkloadArgs {
  /** Whose networks, prefix and log rotation it gets. */
  readonly platform: DockerPlatform;
}

/**
 * A workload's image, built by content; its volumes, those with data protected; a one-shot container that delivers its
 * files; and, after that has succeeded, its container `<namespace>-<workload>`, which is long-running or runs to its end.
 *
 * @example new DockerWorkload("prosody-server", { ...workload, platform }, { parent: this })
 */
export class DockerWorkload extends pulumi.ComponentResource {
  /** The container that does the work. */
  readonly container: docker.Container;

  constructor(name: string, args: DockerWorkloadArgs, options: pulumi.ComponentResourceOptions) {
    super("prosody-stack:docker:Workload", name, { image: args.image.name }, options);
    refuseUnbuilt(args);
    const { settings, front, back } = args.platform;
    const physical = `${settings.namespace}-${args.name}`;

    const context = imageContext(args.image);
    const { reference } = context;
    const image = this.createImage(`${name}-image`, context);
    const config = this.createVolume(`${name}-config`, `${physical}-config`);
    const answers = this.createVolume(`${name}-answers`, `${physical}-answers`);
    const data = args.volumes.map((volume) => this.dataVolume(name, volume, args));
    const delivery = this.createDelivery(`${name}-deliver`, deliveryArgs({ args, image, reference, config, answers, settings }));
    this.container = new docker.Container(
      `${name}-container`,
      containerArgs({ args, image, reference, config, answers, data, front, back, settings, name: physical }),
      {
        parent: this,
        dependsOn: succeeded(delivery, "the files were refused"),
        deleteBeforeReplace: true, // fixed name, published ports
        // The provider takes a change of these without doing anything about it.
        replaceOnChanges: ["healthcheck", "tmpfs"],
        // It is there when it has ended.
        ...(args.runs?.as === "once" ? { customTimeouts: { create: `${args.runs.deadline + 60}s` } } : {}),
      },
    );
    this.registerOutputs(args.runs?.as === "once" ? { ended: pulumi.output(succeeded(this.container, `${args.name} failed`)).apply(() => true) } : undefined);
  }

  private createImage(name: string, { path, reference }: ImageContext): docker.Image {
    return new docker.Image(
      name,
      {
        imageName: reference,
        skipPush: true,
        build: { context: path, dockerfile: `${path}/Dockerfile`, builderVersion: "BuilderV1", platform: "" },
      },
      { parent: this },
    );
  }

  private createVolume(name: string, physicalName: string): docker.Volume {
    return new docker.Volume(name, { name: physicalName }, { parent: this });
  }

  /** Its own volume, made with the generations that are kept beside it, or another workload's. */
  private dataVolume(name: string, volume: DataVolume, { name: workload, platform }: DockerWorkloadArgs): docker.Volume {
    const physicalName = (generation: number) => `${platform.settings.namespace}-${volume.of ?? workload}-${volume.name}-${generation}`;
    if (volume.of === undefined) {
      for (const generation of generationsOf(volume)) {
        // A label or driver option on a volume replaces it, and with it the data.
        const options = { parent: this, ...protection(volume, generation), ignoreChanges: ["labels", "driverOpts"] };
        platform.dataVolumes.keep(physicalName(generation), new docker.Volume(generationName(`${name}-${volume.name}`, generation), { name: physicalName(generation) }, options));
      }
    }
    return platform.dataVolumes.get(physicalName(volume.generation));
  }

  /** Under a name that the provider makes up: were the old one deleted first, what depends on it would be replaced too. */
  private createDelivery(name: string, args: docker.ContainerArgs): docker.Container {
    return new docker.Container(name, args, { parent: this, deleteBeforeReplace: false });
  }
}

/** One machine is every node. @throws Error for what no component has asked of Docker yet (docs/decisions/0019-words-without-a-component.md) */
function refuseUnbuilt({ name, runs, host = [], certificates = [] }: WorkloadArgs): void {
  if (certificates.length > 0) throw new Error(`${name}: nobody issues certificates on Docker`);
  if (runs?.as === "schedule") throw new Error(`${name}: a schedule is not built on Docker yet`);
  if (host.includes("network")) throw new Error(`${name}: the machine's network is not built on Docker yet`);
}

/** A container once it has run to its end and succeeded; else what it said last fails the update, before what depends on it is touched. */
function succeeded(container: docker.Container, failure: string): pulumi.Input<pulumi.Resource> {
  if (pulumi.runtime.isDryRun()) return container;
  return pulumi.all([container.exitCode, container.containerLogs]).apply(([exitCode, logs]) => {
    if (exitCode === 0) return container;
    const error = new pulumi.ResourceError(lastWords(logs) ?? `${failure} (exit code ${exitCode})`, container, true);
    error.stack = error.message; // the SDK hides no stack of what an apply throws
    throw error;
  });
}

function lastWords(log: string | undefined): string | undefined {
  return log?.trim().split("\n").at(-1) || undefined;
}
