// npm run render: the stack as a Compose project or as Kubernetes manifests, for review and for sites without Pulumi.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { renderManifests, writeManifests } from "../render/kubernetes.ts";
import { renderStack, writeProject } from "../render/render.ts";
import { recordedEngine } from "./engine.ts";
import { OperatorError } from "./errors.ts";
import { withLock } from "./lock.ts";
import { say } from "./run.ts";
import { type Command, settingsOfStack } from "./stack.ts";
import type { Settings } from "../settings/schema.ts";
import { isWatched } from "../settings/watching.ts";

export const render: Command = async (stack, options) => {
  const directory = options.out ?? stack.renderedDirectory;
  // Pulumi's passwords and keys are in its own state; what is for review has made-up ones, apart from everything.
  const forReview = options.review || recordedEngine(stack) === "pulumi";
  const settings = settingsOfStack(stack);
  const { platform } = settings;
  if (options.review && platform !== "kubernetes") throw new OperatorError("--review: found a stack on Docker, whose passwords and keys are in files of their own below secrets/; expected one on Kubernetes");
  await withLock(stack, async () => {
    const stateDirectory = recordedEngine(stack) === "pulumi" ? join(stack.stateDirectory, "review") : stack.stateDirectory;
    const from = { stack: stack.name, configFile: stack.configFile, stateDirectory };
    if (platform === "kubernetes") {
      const manifests = await renderManifests(from);
      manifests.save({ forget: false });
      writeManifests(manifests, directory, { forReview });
    } else {
      const project = await renderStack(from);
      project.save({ forget: false });
      writeProject(project, directory);
    }
    if (isWatched(settings)) await writeDashboards(settings, join(directory, "dashboards"));
    if (settings.monitoring === "external") await writeScrapeFiles(settings, join(directory, "prometheus"));
  });
  say(`written to ${directory}${forReview ? ", for review only: the stack's own passwords and keys are not in it" : ""}`);
};

/** For whoever has a Prometheus: whom it is to ask, and by which rules. */
async function writeScrapeFiles(settings: Settings, directory: string): Promise<void> {
  const { scrapeFiles } = await import("../components/monitoring/scrape-file.ts");
  for (const { path, content } of scrapeFiles(settings)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), content);
  }
}

/** For whoever has a Grafana to import. What makes them is not loaded for anything else. */
async function writeDashboards(settings: Settings, directory: string): Promise<void> {
  const { dashboards } = await import("../components/monitoring/dashboards/dashboards.ts");
  mkdirSync(directory);
  for (const { name, json } of dashboards(settings)) writeFileSync(join(directory, `${name}.json`), json);
}
