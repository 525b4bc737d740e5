// Rules for backups.
import { isPemOrFile } from "./certificates.ts";
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
  if (s3.ca !== undefined && !isPemOrFile(s3.ca)) problems.push({ key: "backup.s3.ca", text: "found no PEM text and no path of a file that exists, expected one of both" });
  if (memory < leastMemory) problems.push({ key: "backup.memory", text: `found ${memory} bytes, expected at least 128MiB: a drill runs the service once more` });
  return problems;
}
