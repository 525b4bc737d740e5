// Published ports as Compose writes them: a line each, and one for ports in a row.

/** A published port as the Docker provider takes it. */
export interface ContainerPort {
  readonly ip: string;
  readonly external: number;
  readonly internal: number;
  readonly protocol: string;
}

/** As many in a row are easier to read as a range; two neighbours are two services more often than not. */
const shortest = 3;

/** `127.0.0.1:5222:5222/tcp`, or `127.0.0.1:49152-49215:49152-49215/udp`, in the order in which they begin. */
export function composePorts(ports: readonly ContainerPort[]): string[] {
  const ranges: { readonly first: ContainerPort; count: number }[] = [];
  for (const port of ports) {
    const range = ranges.find(({ first, count }) =>
      first.ip === port.ip && first.protocol === port.protocol && first.external + count === port.external && first.internal + count === port.internal);
    if (range) range.count += 1;
    else ranges.push({ first: port, count: 1 });
  }
  return ranges.flatMap((range) => (range.count < shortest ? singly(range) : [line(range)]));
}

function singly({ first, count }: { readonly first: ContainerPort; readonly count: number }): string[] {
  return Array.from({ length: count }, (_, index) => line({ first: { ...first, external: first.external + index, internal: first.internal + index }, count: 1 }));
}

function line({ first: { ip, external, internal, protocol }, count }: { readonly first: ContainerPort; readonly count: number }): string {
  return `${ip.includes(":") ? `[${ip}]` : ip}:${numbers(external, count)}:${numbers(internal, count)}/${protocol}`;
}

function numbers(first: number, count: number): string {
  return count === 1 ? String(first) : `${first}-${first + count - 1}`;
}
