// Paths that files of a release may have, as fast-check makes them up.
import fc from "fast-check";

const letter = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...'abzAZ09-_.. @%~"$:ü€😀'.match(/./gu)!) },
  { weight: 1, arbitrary: fc.string({ unit: "binary", minLength: 1, maxLength: 1 }) },
);

/** A name in a path, short enough for every key: no dots at its ends or next to each other, nothing that no name may have. */
const part = fc
  .string({ unit: letter, minLength: 1, maxLength: 6 })
  .filter((text) => !/\p{Cc}|[\\/]|\.\.|^\.|\.$/u.test(text));

export const anyPath = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("/"));

/** Mostly what could be a key. */
export const anyKey = fc.string({ unit: fc.constantFrom(...'aZ0-_..4F5_ü/'.match(/./gu)!), maxLength: 10 });
