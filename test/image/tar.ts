// A tar archive (ustar) of files in memory, as `docker cp - container:/directory` takes it: the way uploads go.

/** Path to content, or to the target of a symbolic link. */
export type Files = Record<string, string | { link: string }>;

const block = 512;

function field(header: Buffer, offset: number, length: number, value: number): void {
  header.write(value.toString(8).padStart(length - 1, "0") + "\0", offset, "ascii");
}

function header(path: string, type: string, mode: number, size: number, link: string, owner: number): Buffer {
  const bytes = Buffer.alloc(block);
  bytes.write(path, 0, 100, "utf8");
  field(bytes, 100, 8, mode);
  field(bytes, 108, 8, owner);
  field(bytes, 116, 8, owner);
  field(bytes, 124, 12, size);
  field(bytes, 136, 12, 0);
  bytes.write("        ", 148, "ascii");
  bytes.write(type, 156, "ascii");
  bytes.write(link, 157, 100, "utf8");
  bytes.write("ustar\0" + "00", 257, "ascii");
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  bytes.write(sum.toString(8).padStart(6, "0") + "\0 ", 148, "ascii");
  return bytes;
}

function parents(paths: string[]): string[] {
  const found = new Set<string>();
  for (const path of paths) {
    for (let at = path.indexOf("/"); at >= 0; at = path.indexOf("/", at + 1)) found.add(path.slice(0, at + 1));
  }
  return [...found].sort();
}

export function tar(files: Files, owner: number): Buffer {
  const entries = Object.entries(files);
  const parts = parents(entries.map(([path]) => path)).map((path) => header(path, "5", 0o700, 0, "", owner));
  for (const [path, content] of entries) {
    if (typeof content === "string") {
      const bytes = Buffer.from(content);
      parts.push(header(path, "0", 0o400, bytes.length, "", owner), bytes, Buffer.alloc(-bytes.length & (block - 1)));
    } else {
      parts.push(header(path, "2", 0o777, 0, content.link, owner));
    }
  }
  return Buffer.concat([...parts, Buffer.alloc(2 * block)]);
}
