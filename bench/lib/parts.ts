// Where the time of several runs of `up` went, as samples.
import type { Observed } from "./observe-up.ts";

const names: Readonly<Record<keyof Observed, string>> = {
  node: "an up observed: start of Node, s",
  sdk: "an up observed: loading the SDK, s",
  docker: "an up observed: docker and other programs, s",
  compose: "an up observed: Compose, s",
  own: "an up observed: our own code before the login, s",
  login: "an up observed: the login, s",
};

export class Parts {
  readonly samples: Readonly<Record<string, number[]>> = Object.fromEntries(Object.values(names).map((name) => [name, []]));

  add(observed: Observed): Observed {
    for (const [part, name] of Object.entries(names)) this.samples[name]!.push(observed[part as keyof Observed]);
    return observed;
  }
}
