// What runs to its end once, as Docker and Compose are asked for it; on Kubernetes: words.test.ts.
import { expect, test } from "vitest";
import { composeProject } from "../../render/compose.ts";
import { onDocker, workloads } from "../setup/words.ts";
import { named } from "./stack.ts";

const { once, caller } = workloads;
const urn = (text: string) => text.split("::").at(-1);

test("it is a container that is not started again, within its deadline, on files that were delivered before", async () => {
  const { inputs, dependencies } = named(await onDocker([once]), "once-container");
  expect(inputs).toMatchObject({ name: "xmpp-words-once", restart: "no", mustRun: false, attach: true, logs: true, readOnly: true, capabilities: { drops: ["ALL"] } });
  expect(inputs.command).toEqual(["/usr/bin/lua5.4", "/usr/lib/stack/run-once.lua", "60", ...once.command]);
  expect(inputs).not.toHaveProperty("healthcheck");
  expect(dependencies.map(urn)).toContain("once-deliver");
});

test("another restartOn is another container", async () => {
  const labels = async (restartOn: string) => named(await onDocker([{ ...once, restartOn }]), "once-container").inputs.labels;
  expect(await labels("a")).not.toEqual(await labels("b"));
});

test("what needs no network has none", async () => {
  const { inputs } = named(await onDocker([{ ...once, networks: [] }]), "once-container");
  expect(inputs).toMatchObject({ networkMode: "none" });
  expect(inputs).not.toHaveProperty("networksAdvanced"); // the engine takes one of both
});

test("it sees a volume of another workload, in the generation that it says", async () => {
  const volume = { name: "data", size: 1, shared: true, path: "/data", generation: 1 };
  const owner = { ...caller, volumes: [{ ...volume, kept: [2] }] };
  const mounts = async (generation: number) => named(await onDocker([owner, { ...once, volumes: [{ ...volume, generation, of: "caller" }] }]), "once-container").inputs.volumes;
  expect(await mounts(2)).toContainEqual({ volumeName: "xmpp-words-caller-data-2", containerPath: "/data" });
  await expect(mounts(3)).rejects.toThrow("no workload before this one has a volume xmpp-words-caller-data-3");
});

test("Compose has it apart from what delivers files", async () => {
  const { oneShots, runs, compose } = composeProject(await onDocker([caller, once]), () => "");
  expect({ oneShots, runs }).toEqual({ oneShots: ["xmpp-words-caller-deliver", "xmpp-words-once-deliver"], runs: ["xmpp-words-once"] });
  expect((compose.services as Record<string, object>)["xmpp-words-once"]).toMatchObject({ restart: "no", container_name: "xmpp-words-once" });
});
