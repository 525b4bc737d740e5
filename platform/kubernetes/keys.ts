// Paths as keys of a ConfigMap or Secret, which may have letters, digits, "-", "_" and "." only. components/base/deliver/keys.lua
// reads them.

const limit = 253;

/**
 * The key of a file: ".." for a slash, `_` and two hexadecimal digits for a byte that no key may have.
 *
 * @throws for a path that is none below a release, or one whose key would be too long
 * @example keyOf("secrets/admin@example.org") // secrets..admin_40example.org
 * @see https://kubernetes.io/docs/concepts/configuration/configmap/#configmap-object
 */
export function keyOf(path: string): string {
  const parts = path.split("/");
  if (parts.some((part) => part === "" || part.startsWith(".") || part.endsWith(".") || part.includes("..") || /\p{Cc}/u.test(part))) {
    throw new Error(`${JSON.stringify(path)} is no path for a file of a release`);
  }
  const key = parts.map(escape).join("..");
  if (key.length > limit) throw new Error(`${path}: its key would have ${key.length} characters, at most ${limit} are possible; choose a shorter name`);
  return key;
}

function escape(part: string): string {
  const letters = [...Buffer.from(part, "utf8")].map((byte) => {
    const letter = String.fromCharCode(byte);
    return /[A-Za-z0-9.-]/.test(letter) ? letter : `_${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  });
  return letters.join("");
}

/** The path whose key that is. */
export function pathOf(key: string): string {
  return key
    .split("..")
    .map((part) => Buffer.from(part.replace(/_([0-9A-F]{2})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 16))), "latin1").toString("utf8"))
    .join("/");
}
