// Prometheus' own checks of the rules, and its tests of them (test/config/prometheus-rules), in the image that runs them.
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { execa } from "execa";
import { parse } from "yaml";
import { afterAll, beforeAll, expect, it } from "vitest";
import { monitoringImageSource } from "../../components/monitoring/monitoring.ts";
import { ruleFiles, ruleGroups, rulesDirectory } from "../../components/monitoring/rules.ts";
import { boardsOf } from "../../components/monitoring/dashboards/boards.ts";
import { withoutVariables } from "../setup/promql.ts";
import { builtImage } from "../setup/built-image.ts";
import { filesBelow } from "../setup/files.ts";
import { everything } from "../unit/monitoring/stacks.ts";
import { settingsFrom } from "../unit/settings/parsed.ts";

const tests = "test/config/prometheus-rules";

let image: string;
let directory: string;
beforeAll(async () => {
  image = await builtImage(monitoringImageSource());
  directory = mkdtempSync(join(tmpdir(), "prometheus-test-"));
  chmodSync(directory, 0o755); // for the image's user
}, 600_000);
afterAll(() => rmSync(directory, { recursive: true }));

/** What promtool says; the tests find the rules by a path relative to their own. */
async function promtool(...command: readonly string[]): Promise<{ exitCode: number | undefined; all: string }> {
  const mounted = [...[rulesDirectory, tests].flatMap((path) => ["--volume", `${resolve(path)}:/w/${path}:ro`]), "--volume", `${directory}:/made:ro`];
  const { exitCode, all } = await execa("docker", ["run", "--rm", "--network", "none", "--tmpfs", "/tmp", ...mounted, "--workdir", "/w", "--entrypoint", "/usr/bin/promtool", image, ...command], { reject: false, all: true });
  return { exitCode, all };
}

it("promtool takes every file of rules, and what is made of the settings", async () => {
  const made = ruleFiles(settingsFrom()).map(({ path, content }) => {
    const name = path.replace("/", "-");
    writeFileSync(join(directory, name), content as string);
    return `/made/${name}`;
  });
  const { exitCode, all } = await promtool("check", "rules", ...filesBelow(rulesDirectory).map((path) => join(rulesDirectory, path)), ...made);
  expect(all).not.toContain("FAILED");
  expect(exitCode).toBe(0);
});

it("promtool takes the expression of every panel", async () => {
  const queries = boardsOf(everything).flatMap(({ name, rows }) => rows.flatMap(({ panels }) => panels.flatMap((panel) => panel.queries.map(({ expr }) => ({ name, title: panel.title, expr })))));
  const rules = queries.map(({ name, title, expr }, index) => ({ record: `panel:expr${index}`, labels: { board: name, panel: title }, expr: withoutVariables(expr) }));
  writeFileSync(join(directory, "panels.yml"), JSON.stringify({ groups: [{ name: "panels", rules }] }));
  const { exitCode, all } = await promtool("check", "rules", "/made/panels.yml");
  expect(all).toContain(`${rules.length} rules found`);
  expect(exitCode).toBe(0);
});

// In one run: starting it takes longer than what it does.
it("alerts fire when they should, and only then", async () => {
  const { exitCode, all } = await promtool("test", "rules", ...filesBelow(tests).map((path) => join(tests, path)));
  expect(all).not.toContain("FAILED");
  expect(exitCode).toBe(0);
}, 600_000);

interface Tested {
  readonly tests: readonly { readonly alert_rule_test?: readonly { readonly alertname: string; readonly exp_alerts: readonly unknown[] }[] }[];
}

it.each([...ruleGroups()].map(([path, groups]): [string, string[]] => [path, groups.flatMap(({ rules }) => rules.flatMap(({ alert }) => alert ?? []))]))("every alert of %s is seen to fire, not to fire before, and not to fire without a reason", (path, alerts) => {
  const cases = (parse(readFileSync(join(tests, path), "utf8")) as Tested).tests.map(({ alert_rule_test = [] }) => alert_rule_test);
  for (const alert of alerts) {
    const [fires, healthy] = [true, false].map((firing) => cases.filter((looks) => looks.some(({ alertname }) => alertname === alert) && looks.some(({ exp_alerts }) => exp_alerts.length > 0) === firing));
    expect([alert, fires!.length, healthy!.length]).toEqual([alert, expect.toSatisfy((count: number) => count > 0), expect.toSatisfy((count: number) => count > 0)]);
    expect([alert, fires!.some((looks) => looks.some(({ exp_alerts }) => exp_alerts.length === 0))]).toEqual([alert, true]);
  }
});
