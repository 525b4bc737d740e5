// The stack through kubectl, from the rendered manifests: for machines and sites without Pulumi.
import { type RenderedManifests, renderManifests, writeManifests } from "../../render/kubernetes.ts";
import type { Engine } from "../engine.ts";
import { outputsOf, refuseOtherNamespace } from "../last-applied.ts";
import { say } from "../run.ts";
import { type Stack, settingsOfStack } from "../stack.ts";
import { forgetAppliedManifests, manifestChanges, readAppliedManifests, recordAppliedManifests } from "./applied.ts";
import { applyManifests, removeAllButData, removeOthers } from "./apply.ts";
import { Kubectl } from "./kubectl.ts";
import { removeNamespace } from "./namespace.ts";

/** The engine over a stack's manifests in `rendered/<stack>`. */
export function kubectlEngine(stack: Stack): Engine {
  let rendered: Promise<RenderedManifests> | undefined;
  const render = () => (rendered ??= renderManifests({ stack: stack.name, configFile: stack.configFile, stateDirectory: stack.stateDirectory }));

  return {
    name: "kubectl",
    async prepare() {
      refuseOtherNamespace(stack, readAppliedManifests(stack), (await render()).namespace);
    },
    async up(settle) {
      const project = await render();
      const settings = settingsOfStack(stack);
      const kubectl = await Kubectl.connected(settings);
      project.save({ forget: false });
      writeManifests(project, stack.renderedDirectory, { forReview: false });
      await applyManifests(kubectl, project, readAppliedManifests(stack));
      await settle();
      recordAppliedManifests(stack, project, settings);
      project.save({ forget: true });
    },
    async down({ data }) {
      const applied = readAppliedManifests(stack) ?? settingsOfStack(stack); // by now these may say anything
      const kubectl = await Kubectl.connected(applied);
      await removeOthers(kubectl, readAppliedManifests(stack));
      await (data ? removeNamespace(kubectl, applied.namespace) : removeAllButData(kubectl));
      forgetAppliedManifests(stack);
    },
    async preview() {
      const changes = manifestChanges(readAppliedManifests(stack), await render());
      say(changes.length > 0 ? changes.join("\n") : "no changes");
    },
    outputs: () => outputsOf(stack, readAppliedManifests(stack), render),
  };
}
