// The stack through kubectl, from the rendered manifests: for machines and sites without Pulumi.
import { type RenderedManifests, renderManifests, writeManifests, yamlOf } from "../../render/kubernetes.ts";
import type { Engine } from "../engine.ts";
import { outputsOf, refuseOtherNamespace } from "../last-applied.ts";
import { say } from "../run.ts";
import { type Stack, settingsOfStack } from "../stack.ts";
import { forgetAppliedManifests, manifestChanges, readAppliedManifests, recordAppliedManifests } from "./applied.ts";
import { type Item, Kubectl } from "./kubectl.ts";
import { removeNamespace } from "./namespace.ts";
import { checksPassed, rolledOut } from "./rollout.ts";
import { ours } from "./selectors.ts";

/** What a check of files needs; the rest has to wait until it has passed. */
const checked = new Set(["Namespace", "ServiceAccount", "ConfigMap", "Secret", "Job"]);

/** Kinds without data, of which what is ours goes when nobody asks for it any more. */
const removable = "statefulsets,deployments,daemonsets,cronjobs,jobs,services,networkpolicies,poddisruptionbudgets,configmaps,secrets,serviceaccounts";

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
      await removeOldChecks(kubectl, project);
      const apply = (wanted: (kind: string) => boolean) => {
        const objects = project.manifests.filter(({ object }) => wanted(object.kind)).map(({ object }) => object);
        return kubectl.output(["apply", "--server-side", "--force-conflicts", "--field-manager", "prosody-stack", "--filename", "-"], yamlOf(objects));
      };
      // What is refused must not be found out after pods were replaced for it.
      await apply((kind) => checked.has(kind));
      await checksPassed(kubectl);
      await apply((kind) => !checked.has(kind));
      await rolledOut(kubectl);
      await prune(kubectl, project);
      await settle();
      recordAppliedManifests(stack, project, settings);
      project.save({ forget: true });
    },
    async down({ data }) {
      const applied = readAppliedManifests(stack) ?? settingsOfStack(stack); // by now these may say anything
      if (data) {
        await removeNamespace(applied);
      } else {
        const kubectl = await Kubectl.connected(applied);
        await kubectl.output(["delete", removable, ...ours, "--wait", "--timeout", "120s"]);
        await kubectl.output(["wait", "pods", ...ours, "--for", "delete", "--timeout", "120s"]);
      }
      forgetAppliedManifests(stack);
    },
    async preview() {
      const changes = manifestChanges(readAppliedManifests(stack), await render());
      say(changes.length > 0 ? changes.join("\n") : "no changes");
    },
    outputs: () => outputsOf(stack, readAppliedManifests(stack), render),
  };
}

/** Removes what is ours in the namespace and no part of the stack any more, also what an up that failed has left. */
async function prune(kubectl: Kubectl, { manifests }: RenderedManifests): Promise<void> {
  const wanted = new Set(manifests.map(({ object }) => `${object.kind}/${object.metadata.name}`));
  const gone = (await kubectl.list(removable, ...ours)).filter(({ kind, metadata }) => !wanted.has(`${kind}/${metadata.name}`));
  for (const { kind, metadata } of gone) await kubectl.output(["delete", kind, metadata.name, "--ignore-not-found"]);
}

/** A Job is not run again under its name, one that waits for an image that was nowhere waits on, and one of other files says nothing about these. */
async function removeOldChecks(kubectl: Kubectl, { manifests }: RenderedManifests): Promise<void> {
  const wanted = new Set(manifests.filter(({ object }) => object.kind === "Job").map(({ object }) => object.metadata.name));
  const jobs = await kubectl.list<Item & { status?: { succeeded?: number } }>("jobs", ...ours);
  const old = jobs.filter(({ metadata: { name }, status }) => !wanted.has(name) || (status?.succeeded ?? 0) === 0);
  // With their pods, which would be taken for those of the new ones.
  for (const { metadata: { name } } of old) await kubectl.output(["delete", "job", name, "--ignore-not-found", "--cascade", "foreground", "--timeout", "60s"]);
}
