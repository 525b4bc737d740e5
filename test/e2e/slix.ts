// Sessions of slixmpp (test/e2e/slix), the second client library.
import { execa } from "execa";
import { ensurePython } from "../setup/python.ts";
import type { TestStack } from "./stack.ts";

/** What the sessions saw, by step. A step that failed has its error as text. */
export type Seen = Readonly<Record<string, unknown>>;

type Subject = "basics" | "messages" | "rooms" | "eventing" | "files";

/** Makes accounts on a stack that is up, has them do what these subjects are about, and returns what was seen. */
export async function slixSessions(stack: TestStack, domain: string, accounts: readonly string[], ...subjects: Subject[]): Promise<Seen> {
  const passwords = Object.fromEntries(accounts.map((name) => [name, `first password of ${name}`]));
  for (const [name, password] of Object.entries(passwords)) await stack.createAccount(`${name}@${domain}`, password);
  const job = { domain, ca: stack.write("ca.crt", stack.outputs.caCertificate), accounts: { admin: stack.outputs.adminPassword, ...passwords }, ...stack.ports };
  const python = process.env.TEST_PYTHON ?? (await ensurePython());
  const { stdout } = await execa(python, ["-B", "test/e2e/slix", ...subjects], { input: JSON.stringify(job), timeout: 120_000 });
  return JSON.parse(stdout) as Seen;
}
