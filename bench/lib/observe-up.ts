// Loaded before `up` (node --import): loads the SDK and tells where the time of the run goes. Written as JSON to
// $OBSERVE_UP when the run ends.
import type { ChildProcess } from "node:child_process";
import { subscribe } from "node:diagnostics_channel";
import { writeFileSync } from "node:fs";

/** Seconds, one after the other, in the order of a run; together they are all of it. */
export interface Observed {
  /** From the start of Node to the first line of this file. */
  readonly node: number;
  /** Loading @pulumi/*. */
  readonly sdk: number;
  /** Waiting for Compose, and for other programs. */
  readonly compose: number;
  readonly docker: number;
  /** The project's own code up to the end of the last program: settings, rendering, writing files. */
  readonly own: number;
  /** From there to the end of the run: the login. */
  readonly login: number;
}

const start = performance.now();
await Promise.all(["pulumi", process.env.OBSERVE_PLATFORM ?? "docker", "random", "tls"].map((name) => import(`@pulumi/${name}`)));
const loaded = performance.now();

const waited = { compose: 0, docker: 0 };
let last = loaded; // until when everything is accounted for
subscribe("child_process", (message) => {
  const { process: child } = message as { process: ChildProcess };
  const started = performance.now();
  child.once("close", () => {
    const ended = performance.now();
    const isCompose = child.spawnfile.endsWith("docker-compose") || (child.spawnargs[1] === "compose" && child.spawnargs[2] !== "version");
    waited[isCompose ? "compose" : "docker"] += ended - Math.max(started, last); // of programs that run at once, each moment counts once
    last = ended;
  });
});

process.once("exit", () => {
  const end = performance.now();
  const own = last - loaded - waited.compose - waited.docker;
  const milliseconds = { node: start, sdk: loaded - start, ...waited, own, login: end - last };
  const observed = Object.fromEntries(Object.entries(milliseconds).map(([part, time]) => [part, Math.round(time) / 1000]));
  writeFileSync(process.env.OBSERVE_UP!, JSON.stringify(observed));
});
