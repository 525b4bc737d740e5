// What XEP-0479 asks of servers, asked of a running one. docs/compliance.md is made of the answers: `-u` writes it anew.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Session } from "./client.ts";
import { calls } from "./compliance/calls.ts";
import { core } from "./compliance/core.ts";
import { future, ofNote } from "./compliance/further.ts";
import { im } from "./compliance/im.ts";
import { mobile } from "./compliance/mobile.ts";
import { Lacking, type Row, type ServerRow, type State, askedState, expectedState, isServerRow } from "./compliance/row.ts";
import { complianceDocument } from "./compliance/table.ts";
import { TestedServer } from "./compliance/tested-server.ts";
import { web } from "./compliance/web.ts";
import { resolveHere } from "./names.ts";
import { domain } from "./people.ts";

const suites = [core, web, im, mobile, calls];
const mentioned = [ofNote, future];
const rows = [...suites, ...mentioned].flatMap((suite) => suite.rows);
const server = new TestedServer();
const named = (row: Row) => `${row.specification}, ${row.feature}`;
const states = new Map<Row, State>(rows.filter((row) => !isServerRow(row)).map((row) => [row, "client"]));
const withoutHttps: ServerRow[] = [];

beforeAll(async () => {
  resolveHere(domain);
  await server.up();
});

afterAll(async () => {
  await Session.closeAll();
  await server.stack.remove();
});

describe.each([...suites, ...mentioned])("$name", (suite) => {
  test.each(suite.rows.filter(isServerRow))("$specification, $feature", async (row) => {
    const state = await askedState(row, server);
    expect(state).toBe(expectedState(row));
    if (state === "yes") expect([...server.modules]).toEqual(expect.arrayContaining([...row.by]));
    states.set(row, state);
  });
});

test("without the HTTPS port the lines that need it are gone, and no others", async () => {
  await server.change({ publish: { ...server.stack.ports, https: 0 } });
  const there = rows.filter(isServerRow).filter((row) => states.get(row) === "yes");
  for (const [probe, [row]] of Map.groupBy(there, (row) => row.probe)) {
    const lacking = await probe(server).catch((error: unknown) => {
      if (!(error instanceof Lacking)) throw new Error(named(row!), { cause: error });
      return true;
    });
    if (lacking === true) withoutHttps.push(row!);
  }
  expect(withoutHttps.map(named)).toEqual(rows.filter((row) => isServerRow(row) && row.https).map(named));
});

test("docs/compliance.md says what was seen", async () => {
  expect(rows.filter((row) => !states.has(row)).map(named)).toEqual([]); // a table with gaps is not written
  await expect(complianceDocument(suites, mentioned, { states, withoutHttps })).toMatchFileSnapshot("../../docs/compliance.md");
});
