// Whether JSON has the shape that the types of Grafana's SDK describe, by the compiler: what is missing, unknown, or of another type.
import ts from "typescript";
import type { RenderedDashboard } from "../../../components/monitoring/dashboards/dashboards.ts";

/** In JSON enums are their values, and what a type has for the compiler's sake alone is not there. */
const plain = `
import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
type Plain<T> = unknown extends T ? T
  : T extends string ? \`\${T}\`
  : T extends number ? (\`\${T}\` extends \`\${infer N extends number}\` ? N : number)
  : T extends readonly (infer Item)[] ? Plain<Item>[]
  : T extends object ? { [K in keyof T as T[K] extends (() => void) ? never : K]: Plain<T[K]> }
  : T;
type Json = Omit<Plain<Dashboard>, "panels"> & { panels: (Plain<NonNullable<Dashboard["panels"]>[number]> & { targets?: object[] })[] };
`;

/** One line for each thing that is not as it should be. */
export function typeProblems(dashboards: readonly RenderedDashboard[]): string[] {
  const options: ts.CompilerOptions = { strict: true, noEmit: true, module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext, target: ts.ScriptTarget.ESNext, skipLibCheck: true, types: [] };
  const file = `${process.cwd()}/test/unit/monitoring/made.ts`;
  const text = `${plain}${dashboards.map(({ json }, index) => `export const board${index}: Json = ${json};\n`).join("")}`;
  const base = ts.createCompilerHost(options);
  const host: ts.CompilerHost = {
    ...base,
    getSourceFile: (name, version, ...rest) => (name === file ? ts.createSourceFile(name, text, version) : base.getSourceFile(name, version, ...rest)),
    fileExists: (name) => name === file || base.fileExists(name),
    readFile: (name) => (name === file ? text : base.readFile(name)),
  };
  return ts.getPreEmitDiagnostics(ts.createProgram([file], options, host)).map(({ messageText, file: where, start }) => `${where?.text.slice(start, start! + 40).split("\n")[0] ?? ""}: ${ts.flattenDiagnosticMessageText(messageText, " ").slice(0, 300)}`);
}
