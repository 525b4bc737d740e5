// Loaded before `up` (node --import): loads the SDK and tells how long that took, how long the rest of the run took, and
// how much of it was spent waiting for other programs. Written as JSON to $OBSERVE_UP when the run ends.
import type { ChildProcess } from "node:child_process";
import { subscribe } from "node:diagnostics_channel";
import { writeFileSync } from "node:fs";

export interface Observed {
  /** Seconds: loading @pulumi/*; waiting for programs; everything else, up to the end of the run. */
  readonly sdk: number;
  readonly programs: number;
  readonly own: number;
}

const start = performance.now();
await Promise.all(["pulumi", "docker", "random", "tls"].map((name) => import(`@pulumi/${name}`)));
const loaded = performance.now();

let running = 0;
let since = 0;
let waited = 0;
subscribe("child_process", (message) => {
  const { process: child } = message as { process: ChildProcess };
  if (running++ === 0) since = performance.now();
  child.once("close", () => {
    if (--running === 0) waited += performance.now() - since;
  });
});

process.once("exit", () => {
  const rest = performance.now() - loaded;
  const observed: Observed = { sdk: (loaded - start) / 1000, programs: waited / 1000, own: (rest - waited) / 1000 };
  writeFileSync(process.env.OBSERVE_UP!, JSON.stringify(observed));
});
