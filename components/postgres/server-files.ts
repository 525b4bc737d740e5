// The files of one release of PostgreSQL's configuration: the templates as they are, what is tuned, and the passwords of
// its roles.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { filesBelow } from "../../platform/files-below.ts";
import { type DeliveredFile, plainFile } from "../../platform/workload.ts";

const templates = "config-templates/postgres";

/** `postgresql.conf`, `pg_hba.conf` and `roles.sql`, what they include, and the passwords by role. */
export function serverFiles(tuned: string, passwords: Readonly<Record<string, pulumi.Input<string>>>): DeliveredFile[] {
  return [
    ...filesBelow(templates).files.map((path) => plainFile(path, readFileSync(join(templates, path), "utf8"))),
    plainFile("tuned.conf", tuned),
    { path: "secrets/passwords.psql", secret: true, content: pulumi.output(passwords).apply(passwordsFile) },
  ];
}

/** A variable for each role, for psql: quotes are doubled and backslashes escaped within its quotes. */
function passwordsFile(passwords: Readonly<Record<string, string>>): string {
  return Object.entries(passwords)
    .map(([role, password]) => `\\set ${role} '${password.replaceAll("\\", "\\\\").replaceAll("'", "''")}'\n`)
    .join("");
}
