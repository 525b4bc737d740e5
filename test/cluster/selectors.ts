// Which objects of Kubernetes a label selector selects.

export type Labels = Readonly<Record<string, string>>;

export interface Selector {
  readonly matchLabels?: Labels;
  readonly matchExpressions?: readonly { readonly key: string; readonly operator: string; readonly values?: readonly string[] }[];
}

/** An empty selector selects everything. @throws TypeError for an operator that Kubernetes does not have */
export function selects({ matchLabels = {}, matchExpressions = [] }: Selector, labels: Labels = {}): boolean {
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      switch (operator) {
        case "In":
          return Object.hasOwn(labels, key) && values.includes(labels[key]!);
        case "NotIn":
          return !Object.hasOwn(labels, key) || !values.includes(labels[key]!);
        case "Exists":
          return Object.hasOwn(labels, key);
        case "DoesNotExist":
          return !Object.hasOwn(labels, key);
        default:
          throw new TypeError(`operator ${operator}`);
      }
    })
  );
}
