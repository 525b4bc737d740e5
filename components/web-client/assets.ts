// The files of the package converse.js that a browser may load, and where a site has them.
import { readFileSync } from "node:fs";
import type { ImageSource } from "../../platform/workload.ts";

const directory = "node_modules/converse.js";
const { version } = JSON.parse(readFileSync(`${directory}/package.json`, "utf8")) as { version: string };

/**
 * Where the files are on every site. With the version in it they can be kept by browsers for ever, and have to be: OMEMO
 * loads its WebAssembly anew for every key.
 */
export const assetsPath = `/converse/${version}`;

/**
 * What an image has of Converse.js, its `web` to be served at `/converse/`. Translations are loaded by need, and OMEMO
 * at the first login; left out are other builds, source maps and the package's website.
 */
export const assetsDirectories: ImageSource["directories"] = [
  {
    from: `${directory}/dist`,
    to: `web/${version}`,
    only: /^(converse\.min\.(css|js)|emoji\.json|libomemo\.esm\.min\.js|curve25519_compiled\.wasm|(images|sounds|webfonts)\/.*\.\w+|chunkjs\/.*\.js)$/,
  },
];
