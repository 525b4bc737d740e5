// A line of the compliance suites (XEP-0479), and what asking a server about it can come to.
import type { TestedServer } from "./tested-server.ts";

/** What a level asks of servers, in the columns "Server" and "Advanced Server". */
export type Requirement = "✓" | "–" | "N/A";

export type State = "yes" | "no" | "not yet" | "client";

interface Specified {
  readonly feature: string;
  /** `RFC 6120`, `XEP-0030`. */
  readonly specification: string;
  readonly title: string;
  /** Of both levels; none for what a suite only mentions. */
  readonly levels?: readonly [server: Requirement, advanced: Requirement];
}

/** What a server does, or would. */
export interface ServerRow extends Specified {
  /** Uses it. @throws Lacking when the server does not have it, anything else when it does not work */
  readonly probe: (server: TestedServer) => Promise<void>;
  /** What the probe saw. */
  readonly seen: string;
  /** Prosody's modules that do it, to be found loaded. */
  readonly by: readonly string[];
  /** For what the server is known to lack; the probe has to find it so. */
  readonly missing?: { readonly state: "no" | "not yet"; readonly why: string };
  /** Whether it goes away with the HTTPS port. */
  readonly https?: true;
}

/** What clients do among themselves. */
export interface ClientRow extends Specified {
  /** What is left for the server. */
  readonly client: string;
}

export type Row = ServerRow | ClientRow;

export interface Suite {
  readonly name: string;
  readonly rows: readonly Row[];
}

/** The server does not have what was asked for. */
export class Lacking extends Error {}

export function isServerRow(row: Row): row is ServerRow {
  return "probe" in row;
}

/** What a server row has to come to. */
export function expectedState(row: ServerRow): State {
  return row.missing?.state ?? "yes";
}

/** Asks. @throws when it is not there and is not known to be missing, or does not work */
export async function askedState(row: ServerRow, server: TestedServer): Promise<State> {
  try {
    await row.probe(server);
    return "yes";
  } catch (error) {
    if (row.missing === undefined || !(error instanceof Lacking)) throw error;
    return row.missing.state;
  }
}
