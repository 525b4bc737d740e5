// The platform that is set. Only that one's code and provider are loaded: loading an SDK takes most of a run.
import type { Settings } from "../settings/schema.ts";
import type { Platform } from "./workload.ts";

/** The platform of a stack, with what workloads share on it (networks) registered. */
export async function platformOf({ platform, namespace, network, publish, logs }: Settings): Promise<Platform> {
  switch (platform) {
    case "docker": {
      const { DockerPlatform } = await import("./docker/platform.ts");
      return new DockerPlatform("docker", { namespace, network, publishAddresses: publish.addresses, logs });
    }
    case "kubernetes":
      throw new Error("scales/built.ts refuses this platform");
  }
}
