// The logo that the operator brings for the web client: an image file, which the site carries within its page.
import { existsSync, readFileSync, statSync } from "node:fs";
import type { Problem } from "./problems.ts";
import type { Settings } from "./schema.ts";

/** More would be loaded with every page, before anything is seen. */
const maxSize = 256 * 2 ** 10;

/** The image in a file as a data: URI (RFC 2397). @throws for a file that logoProblems would tell of */
export function logoUri(path: string): string {
  const image = readFileSync(path);
  const type = imageType(image);
  if (type === undefined) throw new TypeError(`${path} is no image that a browser shows`);
  return `data:${type};base64,${image.toString("base64")}`;
}

/** What is wrong with the logo: missing, too large, no image. */
export function logoProblems({ webClient: { logo } }: Pick<Settings, "webClient">): Problem[] {
  const problem = (text: string) => [{ key: "webClient.logo", text }];
  if (logo === undefined) return [];
  const file = existsSync(logo) ? statSync(logo) : undefined;
  if (!file?.isFile()) return problem(`found ${logo}, expected the path of a file that exists`);
  if (file.size > maxSize) return problem(`found ${logo} with ${file.size} bytes, expected at most 256 KiB (${maxSize} bytes); make it smaller`);
  return imageType(readFileSync(logo)) === undefined ? problem(`found ${logo} with something else in it, expected an SVG, PNG, JPEG or WebP image`) : [];
}

/** The media type by what the file holds, whatever its name says; undefined for anything but the four. */
function imageType(image: Buffer): string | undefined {
  const start = image.toString("latin1", 0, 12);
  if (start.startsWith("\x89PNG\r\n\x1a\n")) return "image/png";
  if (start.startsWith("\xff\xd8\xff")) return "image/jpeg";
  if (/^RIFF[^]{4}WEBP/.test(start)) return "image/webp";
  return /^\s*<svg[\s>]/.test(image.toString("utf8").replace(prolog, "")) ? "image/svg+xml" : undefined;
}

/** What may come before the root element of an SVG (XML 1.0 §2.8): a byte order mark, a declaration, comments, a document type. */
const prolog = /^\ufeff|<\?[^]*?\?>|<!--[^]*?-->|<!DOCTYPE[^>[]*(\[[^\]]*\])?\s*>/g;
