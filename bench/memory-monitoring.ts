// The memory of what watches a community's stack that nobody talks to.
import { programs } from "../components/monitoring/programs.ts";
import { idleMemory } from "./lib/idle-memory.ts";
import { benchPorts } from "./lib/stack.ts";

const turn = { port: benchPorts.c2s + 1000, tlsPort: benchPorts.c2sDirectTls + 1000, relay: { start: 27300, count: 64 } };
const services = [...Object.keys(programs), "probes"];

export const figure = idleMemory({
  name: "memory-monitoring",
  title: "Memory of monitoring beside an idle community stack",
  settings: { scale: "community", turn },
  limits: [{ what: "Prometheus, Alertmanager, the exporters and the probes, usage less page cache", atMost: 200, unit: "MiB", services }],
});
