// Rules for backups.
import { authorityProblems } from "./certificates.ts";
import type { Problem } from "./problems.ts";
import type { Settings } from "./schema.ts";

const leastMemory = 128 * 2 ** 20;

/** What cannot work of the settings for backups. */
export function backupProblems({ backup: { memory, s3 } }: Pick<Settings, "backup">): Problem[] {
  const problems: Problem[] = [];
  for (const name of ["bucket", "accessKeyId", "secretAccessKey"] as const) {
    if (s3.endpoint !== undefined && s3[name] === undefined) problems.push({ key: `backup.s3.${name}`, text: "found nothing beside backup.s3.endpoint, which needs it; set it, or remove the endpoint" });
    if (s3.endpoint === undefined && s3[name] !== undefined) problems.push({ key: `backup.s3.${name}`, text: "found it without backup.s3.endpoint, which says where the server is; set that, or remove this" });
  }
  problems.push(...authorityProblems("backup.s3.ca", s3.ca));
  if (memory < leastMemory) problems.push({ key: "backup.memory", text: `found ${memory} bytes, expected at least 128MiB: a drill runs the service once more` });
  return problems;
}
