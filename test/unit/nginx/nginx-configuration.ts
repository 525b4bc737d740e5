// Nginx's configuration as Nginx reads it: directives and blocks, with what is included in its place.
// https://nginx.org/en/docs/beginners_guide.html#conf_structure

export interface Directive {
  readonly name: string;
  readonly values: readonly string[];
  /** What stands in braces after it, if it is a block. */
  readonly block: readonly Directive[];
}

/** The directives of `nginx.conf`. @throws for what cannot be parsed, and for a file of the release that is included and not there */
export function readConfiguration(files: ReadonlyMap<string, string>, path = "nginx.conf"): Directive[] {
  const text = files.get(path);
  if (text === undefined) throw new Error(`${path} is included and not there`);
  const tokens = tokensOf(text);
  const directives = blockOf(tokens, path, files);
  if (tokens.length > 0) throw new Error(`${path}: unexpected ${tokens[0]}`);
  return directives;
}

/** All directives of that name in these, however deep. */
export function all(directives: readonly Directive[], name: string): Directive[] {
  return directives.flatMap((directive) => [...(directive.name === name ? [directive] : []), ...all(directive.block, name)]);
}

/** The directives of that name in these, not deeper. */
export function own(directives: readonly Directive[], name: string): Directive[] {
  return directives.filter((directive) => directive.name === name);
}

/** Their values, each directive's with spaces in between. */
export function valuesOf(directives: readonly Directive[]): string[] {
  return directives.map(({ values }) => values.join(" "));
}

function tokensOf(text: string): string[] {
  return [...text.matchAll(/\s+|#.*|"(?:[^"\\]|\\[^])*"|'(?:[^'\\]|\\[^])*'|[{};]|[^\s{};"'][^\s{};]*/g)].map(([token]) => token).filter((token) => !/^[\s#]/.test(token));
}

/** Takes the tokens of a block, up to the brace that ends it. */
function blockOf(tokens: string[], path: string, files: ReadonlyMap<string, string>): Directive[] {
  const directives: Directive[] = [];
  while (tokens.length > 0 && tokens[0] !== "}") {
    const words = tokens.splice(0, tokens.findIndex((token) => /^[{};]$/.test(token))).map((word) => word.replace(/^(["'])([^]*)\1$/, "$2"));
    const [name, ...values] = words;
    const end = tokens.shift();
    if (name === undefined || end === "}" || end === undefined) throw new Error(`${path}: ${words.join(" ")} does not end`);
    if (name === "include" && !values[0]!.startsWith("/")) directives.push(...readConfiguration(files, values[0]));
    else if (end === ";") directives.push({ name, values, block: [] });
    else {
      directives.push({ name, values, block: blockOf(tokens, path, files) });
      if (tokens.shift() !== "}") throw new Error(`${path}: the block of ${name} does not end`);
    }
  }
  return directives;
}
