// Paths of files as keys of a ConfigMap or Secret, which have letters, digits, "-", "_" and "." only. In a container
// components/base/deliver/keys.lua reads them.

/** As many characters as Kubernetes takes. */
const limit = 253;

/**
 * The key of a file: ".." for each "/", and `_` with two hexadecimal digits for any other byte that no key may have.
 *
 * @throws Error for what is no path for a file of a release, and for one whose key would be too long
 * @example keyOf("secrets/admin-password.admin@example.org") // secrets..admin-password.admin_40example.org
 * @see https://kubernetes.io/docs/concepts/configuration/configmap/#configmap-object
 */
export function keyOf(path: string): string {
  const parts = path.split("/");
  if (!path.isWellFormed() || /\p{Cc}|\\|\.\./u.test(path) || parts.some((part) => /^$|^\.|\.$/.test(part))) {
    throw new Error(`${JSON.stringify(path)} is no path for a file of a release`);
  }
  const key = parts.map(escaped).join("..");
  if (key.length > limit) throw new Error(`${path} is too long for a key of a ConfigMap or Secret: ${key.length} characters, at most ${limit} are possible`);
  return key;
}

/**
 * The path whose key that is.
 *
 * @throws Error for what is no key that keyOf makes
 */
export function pathOf(key: string): string {
  const bytes = key.replaceAll("..", "/").replace(/_([0-9A-F]{2})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 16)));
  const path = Buffer.from(bytes, "latin1").toString("utf8");
  if (!isKeyOf(path, key)) throw new Error(`${JSON.stringify(key)} is no key for a file of a release`);
  return path;
}

function isKeyOf(path: string, key: string): boolean {
  try {
    return keyOf(path) === key;
  } catch {
    return false;
  }
}

function escaped(part: string): string {
  return Buffer.from(part, "utf8")
    .toString("latin1")
    .replace(/[^A-Za-z0-9.-]/g, (letter) => `_${letter.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`);
}
