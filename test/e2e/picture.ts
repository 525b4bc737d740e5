// Pictures of a cup of tea: one to be sent, one for a logo.
import { crc32, deflateSync } from "node:zlib";

type Color = readonly [red: number, green: number, blue: number];

export const cupOfTeaAsSvg =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" fill="#7a3b12"><path d="M4 12h18v6a8 8 0 0 1-8 8h-2a8 8 0 0 1-8-8zM22 14h2a4 4 0 0 1 0 8h-3v-2h3a2 2 0 0 0 0-4h-2zM8 4h2v5H8zM13 4h2v5h-2zM18 4h2v5h-2z"/></svg>';

/** A PNG. @see https://www.w3.org/TR/png-3/ */
export function cupOfTea(width = 480, height = 300): Buffer {
  const rows = Array.from({ length: height }, (_row, y) => [0, ...Array.from({ length: width }, (_column, x) => colorAt((2 * x - width) / height, (2 * y - height) / height)).flat()]);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width);
  header.writeUInt32BE(height, 4);
  header.set([8, 2], 8); // 8 bits each of red, green and blue
  return Buffer.concat([Buffer.from("\x89PNG\r\n\x1a\n", "latin1"), chunk("IHDR", header), chunk("IDAT", deflateSync(Buffer.from(rows.flat()), { level: 9 })), chunk("IEND", Buffer.alloc(0))]);
}

/** The scene, seen from the middle: y is -1 at the top and 1 at the bottom. */
function colorAt(x: number, y: number): Color {
  const within = (centre: readonly [number, number], radii: readonly [number, number]) => ((x - centre[0]) / radii[0]) ** 2 + ((y - centre[1]) / radii[1]) ** 2 <= 1;
  if (within([0, -0.02], [0.5, 0.09])) return [176, 92, 32];
  if (within([0, -0.02], [0.58, 0.14])) return [255, 253, 246];
  if (y > 0 && within([0, -0.02], [0.58, 0.72])) return [250, 243, 228];
  if (within([0.6, 0.2], [0.24, 0.24]) && !within([0.6, 0.2], [0.14, 0.14])) return [236, 226, 205];
  if (within([0, 0.68], [0.95, 0.12])) return [255, 253, 246];
  const steam = [-0.25, 0, 0.25].some((at) => y < -0.22 && y > -0.75 && Math.abs(x - at - 0.06 * Math.sin(9 * y + at * 8)) < 0.022);
  if (steam) return [255, 250, 238];
  return y > 0.55 ? [140, 88, 54] : [243, 196, 132];
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const check = Buffer.alloc(4);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}
