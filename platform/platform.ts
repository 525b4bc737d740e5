// The platform that is set. Only that one's code and provider are loaded: loading an SDK takes most of a run.
import type { Platform, PlatformArgs } from "./workload.ts";

export type PlatformName = "docker" | "kubernetes";

/** The platform of a stack, with what workloads share on it (networks) registered. */
export async function platformOf(name: PlatformName, args: PlatformArgs): Promise<Platform> {
  switch (name) {
    case "docker": {
      const { DockerPlatform } = await import("./docker/platform.ts");
      return new DockerPlatform("docker", args);
    }
    case "kubernetes": {
      const { KubernetesPlatform } = await import("./kubernetes/platform.ts");
      return new KubernetesPlatform("kubernetes", args);
    }
  }
}
