// Which objects of a namespace are meant, as options of kubectl (platform/kubernetes/names.ts sets the labels).

/** What is the stack's, among whatever else may be there. */
export const ours = ["--selector", "app.kubernetes.io/managed-by=prosody-stack"] as const;

/** The Jobs that check files, and those that do the work of a workload that runs once; a schedule's Jobs are nobody's but its own. */
export const checks = ["--selector", `${ours[1]},app.kubernetes.io/component=check`] as const;
export const runs = ["--selector", `${ours[1]},app.kubernetes.io/component!=check`] as const;

/** The pods of a service, without those of its checks. */
export function podsOf(service: string): readonly string[] {
  return ["--selector", `app.kubernetes.io/name=${service},app.kubernetes.io/component=service`];
}
