// Values with units as operators write them ("10MB", "30d", "10kb/s"), and their plain numbers.

const sizes = { B: 1, kB: 1e3, KiB: 2 ** 10, MB: 1e6, MiB: 2 ** 20, GB: 1e9, GiB: 2 ** 30, TB: 1e12, TiB: 2 ** 40 } as const;

/** Bytes of a size such as `10MB` or `1GiB`; undefined when it is none. */
export function bytes(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?) ?([kKMGT]?i?B)$/.exec(text);
  const factor = match && sizes[match[2] as keyof typeof sizes];
  return match && factor ? Math.round(Number(match[1]) * factor) : undefined;
}

const durations = { s: 1, min: 60, h: 3600, d: 86400, w: 604800, mo: 2678400, y: 31556952 } as const;

/** Seconds of a duration such as `30s`, `10min`, `30d` or `1y`; undefined when it is none. */
export function seconds(text: string): number | undefined {
  const match = /^(\d+) ?(s|min|h|d|w|mo|y)$/.exec(text);
  return match ? Number(match[1]) * durations[match[2] as keyof typeof durations] : undefined;
}
