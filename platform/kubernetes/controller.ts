// What keeps a workload's pods there, or makes them when it is time.
import * as kubernetes from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { Runs, WorkloadArgs } from "../workload.ts";

export interface ControllerArgs {
  readonly args: WorkloadArgs;
  readonly runs: Runs;
  /** Whether no second pod can run beside it on its node. */
  readonly alone: boolean;
  readonly metadata: kubernetes.types.input.meta.v1.ObjectMeta;
  readonly selector: Readonly<Record<string, string>>;
  readonly template: kubernetes.types.input.core.v1.PodTemplateSpec;
}

/** Seconds after which a run that could not begin in time is left out. */
const lateness = 600;

/** Of a schedule's Jobs. Without any they would get their pods', and be taken for objects of the stack. */
const runLabels = ({ name }: WorkloadArgs) => ({ "app.kubernetes.io/part-of": "prosody-stack", "app.kubernetes.io/name": name });

/** The StatefulSet, Deployment, DaemonSet, Job or CronJob of a workload. */
export function createController(name: string, { args, runs, alone, metadata, selector: matchLabels, template }: ControllerArgs, options: pulumi.CustomResourceOptions): void {
  const kept = { revisionHistoryLimit: 3, selector: { matchLabels }, template };
  switch (runs.as) {
    case "service":
      if (args.volumes.some(({ of }) => of === undefined)) {
        // In parallel: one that cannot start is replaced by the next try, too.
        new kubernetes.apps.v1.StatefulSet(name, { metadata, spec: { ...kept, replicas: 1, serviceName: args.name, podManagementPolicy: "Parallel" } }, options);
      } else {
        // Ports of a node are one pod's at a time.
        const strategy = alone ? { type: "Recreate" } : { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } };
        new kubernetes.apps.v1.Deployment(name, { metadata, spec: { ...kept, replicas: 1, strategy } }, options);
      }
      return;
    case "onEveryNode":
      new kubernetes.apps.v1.DaemonSet(name, { metadata, spec: kept }, options);
      return;
    case "once":
      new kubernetes.batch.v1.Job(name, { metadata, spec: { backoffLimit: 0, activeDeadlineSeconds: runs.deadline, template } }, options);
      return;
    case "schedule": {
      const job = { backoffLimit: 0, activeDeadlineSeconds: runs.deadline, template };
      const spec = { schedule: runs.cron, timeZone: "Etc/UTC", concurrencyPolicy: "Forbid", startingDeadlineSeconds: lateness, successfulJobsHistoryLimit: 3, failedJobsHistoryLimit: 3, jobTemplate: { metadata: { labels: runLabels(args) }, spec: job } };
      new kubernetes.batch.v1.CronJob(name, { metadata, spec }, options);
    }
  }
}
