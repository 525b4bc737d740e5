// The volumes of a platform: their generations, and those that workloads see beside their own.
import type { DataVolume } from "./workload.ts";

/** The one in use and those beside it, in their order. */
export function generationsOf({ generation, kept = [] }: DataVolume): number[] {
  return [...new Set([generation, ...kept])].toSorted((a, b) => a - b);
}

/** A resource's name for a generation: the same whether that is in use or kept, so that it stays the same resource. */
export function generationName(name: string, generation: number): string {
  return generation === 1 ? name : `${name}-${generation}`;
}

/** Data outlives its resource; what is in use has to be unprotected before it may even be left out. */
export function protection(volume: DataVolume, generation: number): { protect: boolean; retainOnDelete: true } {
  return { protect: generation === volume.generation, retainOnDelete: true };
}

export class KeptVolumes<T> {
  private readonly volumes = new Map<string, T>();

  /** Remembers a volume by its physical name, and returns it. */
  keep(name: string, volume: T): T {
    this.volumes.set(name, volume);
    return volume;
  }

  /** A volume that a workload made before has. @throws for any other */
  get(name: string): T {
    const volume = this.volumes.get(name);
    if (!volume) throw new Error(`no workload before this one has a volume ${name}`);
    return volume;
  }
}
