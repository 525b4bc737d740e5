// Which objects of a namespace are meant, as options of kubectl (platform/kubernetes/names.ts sets the labels).

/** What is the stack's, among whatever else may be there. */
export const ours = ["--selector", "app.kubernetes.io/managed-by=prosody-stack"] as const;

/** The pods of a service, without those of its checks. */
export function podsOf(service: string): readonly string[] {
  return ["--selector", `app.kubernetes.io/name=${service},app.kubernetes.io/component=service`];
}
