// The volumes of a platform, for workloads that see one beside its own.

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
