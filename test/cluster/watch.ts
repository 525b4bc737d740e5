// What the API has of one kind, and whenever that changes: kubectl's own watching, read as it comes.
import { createInterface } from "node:readline";
import { execa } from "execa";
import { setTimeout as delay } from "node:timers/promises";
import { builtProgram } from "./cache-key.ts";
import { kubeconfigPath } from "./identities.ts";
import { parts } from "./parts.ts";

/** Looked up once: the directory that this runs from may go before the cluster does. */
const program = builtProgram(parts.kubernetes, "kubectl");

interface Event<T> {
  readonly type: string;
  readonly object: T;
}

interface Named {
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

/** Watches for as long as the process lives; starts over where the API goes away, or has forgotten what came before. */
export async function watch<T extends Named>(kind: string, objects: Map<string, T>, changed: () => void): Promise<never> {
  for (;; await delay(500)) {
    objects.clear(); // what was deleted while nobody looked is told by nobody
    try {
      for await (const { type, object } of events<T>(kind)) {
        const key = `${object.metadata.namespace ?? ""}/${object.metadata.name}`;
        if (type === "DELETED") objects.delete(key);
        else objects.set(key, object);
        changed();
      }
    } catch (error) {
      console.error(`${kind}: ${(error as Error).message}`);
    }
  }
}

/** kubectl writes a line for each. @throws Error for what is none, or tells of an error */
async function* events<T>(kind: string): AsyncGenerator<Event<T>> {
  const args = ["--kubeconfig", kubeconfigPath("admin"), "get", kind, "--all-namespaces", "--output", "json", "--watch", "--output-watch-events"];
  const child = execa(program, args, { stdin: "ignore", stderr: "inherit", buffer: false, reject: false });
  try {
    for await (const line of createInterface(child.stdout)) {
      const event = JSON.parse(line) as Event<T>;
      if (event.type === "ERROR") throw new Error(line);
      yield event;
    }
  } finally {
    child.kill();
  }
}
