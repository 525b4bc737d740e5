// Rules for the database.
import { authorityProblems } from "./certificates.ts";
import type { Problem } from "./problems.ts";
import type { Settings } from "./schema.ts";

const leastMemory = 96 * 2 ** 20;

/** What cannot work of the settings for PostgreSQL, the stack's own or an external one. */
export function databaseProblems({ database, externalDatabase: external, postgres }: Pick<Settings, "database" | "externalDatabase" | "postgres">): Problem[] {
  const problems: Problem[] = [];
  if (postgres.memory < leastMemory) {
    problems.push({ key: "postgres.memory", text: `found ${postgres.memory} bytes, expected at least 96MiB: PostgreSQL with its own processes takes about 60` });
  }
  for (const key of ["host", "password"] as const) {
    if (database === "external" && external[key] === undefined) {
      problems.push({ key: `externalDatabase.${key}`, text: `found nothing with database external, expected ${key === "host" ? "where it is" : "the password of its role (set it with --secret)"}` });
    }
    if (database !== "external" && external[key] !== undefined) {
      problems.push({ key: `externalDatabase.${key}`, text: `found it with database ${database}, which does not use it; set database to external, or remove it` });
    }
  }
  if (external.tls === "verify-ca" && external.ca === undefined) {
    problems.push({ key: "externalDatabase.ca", text: "found nothing with externalDatabase.tls verify-ca, expected the CA's certificate; public authorities do for verify-full only" });
  }
  return [...problems, ...authorityProblems("externalDatabase.ca", external.ca)];
}
