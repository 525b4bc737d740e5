// The memory of a community's stack that nobody talks to.
import { idleMemory } from "./lib/idle-memory.ts";
import { benchPorts } from "./lib/stack.ts";

const turn = { port: benchPorts.c2s + 1000, tlsPort: benchPorts.c2sDirectTls + 1000, relay: { start: 27300, count: 64 } };

export const figure = idleMemory({
  name: "memory-community",
  title: "Memory of an idle community stack, without monitoring",
  settings: { scale: "community", turn, monitoring: "off" },
  limits: [{ what: "whole stack, usage less page cache", atMost: 256, unit: "MiB" }],
});
