// The memory of a personal stack that nobody talks to.
import { idleMemory } from "./lib/idle-memory.ts";

export const figure = idleMemory({
  name: "memory",
  title: "Memory of an idle personal stack",
  settings: {},
  limits: [
    { what: "Prosody, usage less page cache", services: ["prosody"], atMost: 40, unit: "MiB" },
    { what: "whole stack, usage less page cache", atMost: 64, unit: "MiB" },
  ],
});
